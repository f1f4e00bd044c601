"""The 报送件: the workbook that is printed, stamped, e-mailed, and read again by the bureau's own run."""

from __future__ import annotations

from collections.abc import Sequence

from perf_excel.book import Book
from perf_excel.garbage import left_alone
from perf_excel.render import scorecard, summary
from perf_excel.render.forms import FORMS
from perf_excel.render.links import back_link, form_title, scorecard_title
from perf_excel.render.share import Share
from perf_excel.render.trace import TITLE as TRACE
from perf_excel.render.trace import Trace
from perf_excel.version import __version__
from perf_excel.workbook.template import write_inputs


@left_alone()
def deliverable(share: Share, forms: Sequence[str], *, print_scores: bool = False) -> bytes:
    """Return the 报送件 of one workbook.

    Args:
        share: its results.
        forms: names of the forms to print; the first is the main one.
        print_scores: have 得分 and what stands beside it inside the form's print area.
    """
    book, trace = Book(), Trace(share)
    summary.write(book, share, trace)
    evaluated = [(row, project) for row, project in enumerate(share.projects) if not project.score.exempt]
    for order, name in enumerate(forms):
        for row, project in evaluated:
            title = form_title(project) + (f"_{name}" if order else "")
            FORMS[name](book, title, share, project, trace, print_scores=print_scores)
            back_link(book, title, summary.TITLE, summary.cell_of(row))
    for row, project in evaluated:
        if project.scorecard:
            scorecard.write(book, scorecard_title(project), share, project, trace)
            back_link(book, scorecard_title(project), summary.TITLE, summary.cell_of(row))
    trace.write(book, __version__)
    back_link(book, TRACE, summary.TITLE)
    write_inputs(book, share.content, room=False)
    return book.close()
