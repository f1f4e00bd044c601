"""click in Chinese: its help pages and its answers to a wrong call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click import exceptions


class ChineseCommand(click.Command):
    """A command whose help is Chinese."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        settings.setdefault("options_metavar", "[选项]")
        super().__init__(*args, **settings)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [record for param in self.get_params(ctx) if (record := param.get_help_record(ctx)) is not None]
        if rows:
            with formatter.section("选项"):
                formatter.write_dl(rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示这一页。"
        return option


class ChineseGroup(ChineseCommand, click.Group):
    """A group whose help is Chinese and lists the commands in the order of their making."""

    command_class = ChineseCommand

    def __init__(self, *args: Any, **settings: Any) -> None:
        settings.setdefault("subcommand_metavar", "命令 [选项]…")
        super().__init__(*args, **settings)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section("命令"):
            formatter.write_dl([(name, command.get_short_help_str(60)) for name, command in self.commands.items()])

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of their making."""
        return list(self.commands)


def call(group: click.Group, args: list[str] | None, say: Callable[[str], None], **extra: Any) -> int:
    """Run a group and return the exit status; a wrong call is explained through `say`."""
    try:
        status = group.main(args=args, standalone_mode=False, **extra)
    except exceptions.NoSuchOption as error:
        hint = f"，是不是想写 {error.possibilities[0]}？" if error.possibilities else "。"
        say(f"没有“{error.option_name}”这个选项{hint}用 --help 看说明。")
    except exceptions.MissingParameter as error:
        name = error.param.human_readable_name if error.param is not None else ""
        say(f"缺少参数 {name}。用 --help 看说明。")
    except exceptions.BadParameter as error:
        name = error.param.opts[-1] if error.param is not None else ""
        say(f"“{name}”的值不对，请检查。用 --help 看说明。")
    except exceptions.BadOptionUsage as error:
        say(f"选项“{error.option_name}”后面缺少内容，或者多写了内容。用 --help 看说明。")
    except exceptions.UsageError as error:
        words = str(error.message)
        name = words.split("'")[1] if words.count("'") >= 2 else ""
        say(f"没有“{name}”这个命令或多写了内容。用 --help 看说明。" if name else "命令没有写对。用 --help 看说明。")
    except (exceptions.Abort, KeyboardInterrupt):
        say("已经停止。已写好的文件都是完整的。")
        return 130
    except exceptions.Exit as error:
        return error.exit_code
    else:
        return status if isinstance(status, int) else 0
    return 2
