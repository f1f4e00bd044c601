"""`python -m perf_excel` is `perf-excel`."""

from perf_excel.cli import main

main()
