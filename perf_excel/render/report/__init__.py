"""The Word report of a project, written from the same results as the forms, so that the two cannot disagree.

`facts` says what is known, `template` pours it into the office's Word file, `finish` has the last hand on it; `blank`
makes the template that is shipped. What they import is slow, so it is imported where it is used.
"""

from __future__ import annotations

from pathlib import Path

from perf_excel.render.report.problem import Problem, TemplateBroken
from perf_excel.render.share import ProjectShare, Share

__all__ = ["Problem", "TemplateBroken", "report", "usable_template"]


def report(template: bytes, share: Share, project: ProjectShare) -> bytes:
    """Return the report of a project as a Word file.

    Raises:
        TemplateBroken: the template cannot be used.
    """
    from perf_excel.render.report.facts import facts
    from perf_excel.render.report.template import load

    compiled, known = load(template), facts(share, project)
    compiled.check(known)
    return compiled.render(known)


def usable_template(path: Path, share: Share, project: ProjectShare) -> bytes | Problem:
    """Return the template's content, or why it cannot be used; a project's report is made on trial."""
    try:
        template = path.read_bytes()
    except FileNotFoundError:
        return Problem("missing")
    except OSError:
        return Problem("locked")
    try:
        report(template, share, project)
    except TemplateBroken as error:
        return error.problem
    return template
