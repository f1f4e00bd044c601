@echo off
rem Double-click this to check the Word reports in "input", or drag reports on to it. Takes the arguments of
rem "perf-excel audit" as well. All else is as in run.bat, which does it.
setlocal EnableExtensions DisableDelayedExpansion
set "PERF_EXCEL_TASK=audit"
"%~dp0run.bat" %*
