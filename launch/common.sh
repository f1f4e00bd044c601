# shellcheck shell=sh
# Read by run.sh and test.sh, which stand one folder up and have made that the current folder.
# Finds a Python and hands over to launch/start.py, which does all the rest.
# Plain sh: people also type "sh run.sh".

# 0: Python 3.11 or newer; 3: the same, but without the parts that make an environment; else: no use.
CHECK='
import sys
if sys.version_info < (3, 11):
    sys.exit(1)
import importlib.util as u
sys.exit(0 if u.find_spec("venv") and u.find_spec("ensurepip") else 3)
'

find_python() {
    python=
    for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        "$candidate" -I -S -c "$CHECK" </dev/null >/dev/null 2>&1
        case $? in
            0) python=$candidate; return 0 ;;
            3) python=${python:-$candidate} ;; # start.py says what is missing
        esac
    done
    [ -n "$python" ]
}

# One text for the terminal and the dialog.
NO_PYTHON='没有启动：这台电脑上没有找到 Python 3.11 或更新的版本（运行本程序要用到的基础软件）。

怎么办：
  1. 请单位的信息中心（电脑管理员）安装 Python 3.11 或更新的版本，连同它的 venv 组件。
     可以把这句话转给他们：
        sudo apt install python3.11 python3.11-venv
     （统信 UOS、银河麒麟自带的 Python 往往较旧，要另装一个新的，不要替换系统自带的。）
  2. 装好以后，再双击一次。

您的数据没有任何改动。'

start() {
    # An environment of someone else must not leak in; Chinese must print whatever the language settings.
    unset PYTHONHOME PYTHONPATH
    if find_python; then
        exec "$python" -I -S -X utf8 launch/start.py "$@"
    fi
    printf '\n%s\n' "$NO_PYTHON" >&2
    if [ -z "${CI:-}${PERF_EXCEL_NO_PAUSE:-}" ]; then
        if [ -t 0 ] && [ -t 1 ]; then
            printf '\n按回车键关闭窗口……'
            read -r _
        elif [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && ! [ -t 1 ] && ! [ -t 2 ]; then
            sh launch/dialog.sh "$NO_PYTHON" >/dev/null 2>&1 &
        fi
    fi
    exit 3
}
