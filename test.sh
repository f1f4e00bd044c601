#!/usr/bin/env bash
# Runs the tests, in an environment of their own (.venv-test). Takes the arguments of pytest and exits with
# its status.
PERF_EXCEL_FROM=$PWD
export PERF_EXCEL_FROM
self=$(readlink -f -- "$0" 2>/dev/null) || self=$0
case $self in */*) cd -- "${self%/*}/" || exit 3 ;; esac

if ! [ -f launch/common.sh ]; then
    echo '没有启动：缺少 launch 文件夹。请先把压缩包完整解压到一个文件夹，再到那个文件夹里双击 test.sh。' >&2
    exit 3
fi
. ./launch/common.sh
start test "$@"
