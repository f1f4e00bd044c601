#!/usr/bin/env bash
# Double-click to check the Word reports in input/, against the workbooks there if there are any.
# Takes the arguments of "perf-excel audit" as well. Exits with 0 when done, also when items are left to be mended.
# PERF_EXCEL_NO_PAUSE=1 (or CI): do not wait for Enter, open no window.
PERF_EXCEL_FROM=$PWD
export PERF_EXCEL_FROM
self=$(readlink -f -- "$0" 2>/dev/null) || self=$0
case $self in */*) cd -- "${self%/*}/" || exit 3 ;; esac

if ! [ -f launch/common.sh ]; then
    echo '没有启动：缺少 launch 文件夹。请先把压缩包完整解压到一个文件夹，再到那个文件夹里双击 audit.sh。' >&2
    exit 3
fi
. ./launch/common.sh
start audit "$@"
