#!/usr/bin/env bash
# Make the pictures of README and docs from real output: docs/pictures.sh
# Needs perf-excel on the PATH (or PERF_EXCEL set to a command), LibreOffice, pdftoppm and the Noto CJK fonts.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
${PERF_EXCEL:-perf-excel} run input_templates/示例_渠县安全生产事务中心_2024.xlsx -o "$work/out" --quiet || [ $? -eq 1 ]
page() { # page WORKBOOK PAGE NAME
  soffice "-env:UserInstallation=file://$work/profile" --headless --convert-to pdf --outdir "$work" "$1" >/dev/null 2>&1
  pdftoppm -r 100 -f "$2" -l "$2" -singlefile -png "$work/$(basename "${1%.*}").pdf" "docs/pictures/$3"
}
page "$work/out/渠县安全生产事务中心_2024_绩效自评.xlsx" 1 汇总表
page "$work/out/渠县安全生产事务中心_2024_绩效自评.xlsx" 2 自评表
page "$work/out/渠县安全生产事务中心_2024_绩效自评.xlsx" 6 打分表
page "$work/out/渠县安全生产事务中心_2024_绩效自评.xlsx" 10 计算过程
page "$work/out/待修改/示例_渠县安全生产事务中心_2024_问题标注.xlsx" 1 问题清单
