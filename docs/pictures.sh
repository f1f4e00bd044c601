#!/usr/bin/env bash
# Make the pictures of README and docs from real output: docs/pictures.sh
# Needs perf-excel on the PATH (or PERF_EXCEL set to a command), Python, LibreOffice, poppler-utils and the Noto CJK fonts.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

# The fonts of the forms are not free: Noto stands in for them, and for the one that column widths are counted in, a font
# with digits as narrow.
alias_of() { echo "<alias binding=\"same\"><family>$1</family><prefer><family>$2</family></prefer></alias>"; }
cat >"$work/fonts.conf" <<XML
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
$(alias_of 宋体 "Noto Serif CJK SC")$(alias_of 仿宋 "Noto Serif CJK SC")$(alias_of 仿宋_GB2312 "Noto Serif CJK SC")
$(alias_of 楷体_GB2312 "AR PL KaitiM GB")$(alias_of 方正小标宋简体 "Noto Serif CJK SC")
$(alias_of 黑体 "Noto Sans CJK SC")$(alias_of "Times New Roman" "Noto Serif CJK SC")$(alias_of Calibri "Noto Sans CJK SC")
</fontconfig>
XML
export FONTCONFIG_FILE="$work/fonts.conf"

run() { ${PERF_EXCEL:-perf-excel} run "$@" --quiet || [ $? -eq 1 ]; }
forms=(); for form in 专项预算 部门预算 中央 转移支付 复核; do forms+=(--form "$form"); done
run input_templates/示例_填写完整_虚构县文化馆_2024.xlsx -o "$work/complete" "${forms[@]}"
run input_templates/示例_渠县安全生产事务中心_2024.xlsx -o "$work/sample"
cp input_templates/绩效自评填报模板.xlsx "$work/template.xlsx"
cp "$work"/complete/*_绩效自评.xlsx "$work/complete.xlsx"
cp "$work"/sample/待修改/*.xlsx "$work/marked.xlsx"
cp "$work"/complete/报告/*免费开放*.docx "$work/report.docx"
soffice "-env:UserInstallation=file://$work/profile" --headless --convert-to pdf --outdir "$work" "$work"/*.xlsx >/dev/null 2>&1
soffice "-env:UserInstallation=file://$work/profile" --headless --convert-to pdf --outdir "$work" "$work"/*.docx >/dev/null 2>&1

# The first page that has some words, without its white margins, in as few colours as do no harm.
picture() { # picture PDF WORDS NAME
  local pages page
  pages=$(pdfinfo "$work/$1.pdf" | sed -n 's/^Pages: *//p')
  for page in $(seq "$pages"); do
    if pdftotext -f "$page" -l "$page" "$work/$1.pdf" - | grep -F "$2" >/dev/null; then
      pdftoppm -r 110 -f "$page" -l "$page" -singlefile "$work/$1.pdf" "$work/page"
      python3 - "$work/page.ppm" "docs/pictures/$3.png" <<'PYTHON'
import struct, sys, zlib

source, target = sys.argv[1:]
with open(source, "rb") as file:
    data = file.read()
_, size, _, pixels = data.split(b"\n", 3)
width, height = map(int, size.split())
rows = [pixels[3 * width * y : 3 * width * (y + 1)] for y in range(height)]
inked = [y for y, row in enumerate(rows) if any(value < 250 for value in row[::2])]
# What stands far below all the rest is the page number.
gap = next((i for i in range(len(inked) - 1, 0, -1) if inked[i] - inked[i - 1] > 40), len(inked))
top, bottom = max(0, inked[0] - 12), min(height, inked[gap - 1] + 13)
left = min(len(row) - len(row.lstrip(b"\xff")) for row in (rows[y] for y in inked)) // 3
right = max(len(row.rstrip(b"\xff")) for row in (rows[y] for y in inked)) // 3 + 1
left, right = max(0, left - 12), min(width, right + 12)
levels = bytes(min(255, round(value / 17) * 17) for value in range(256))
body = [row[3 * left : 3 * right].translate(levels) for row in rows[top:bottom]]
grey = all(row[0::3] == row[1::3] == row[2::3] for row in body)
raw = b"".join(b"\0" + (row[0::3] if grey else row) for row in body)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


header = struct.pack(">IIBBBBB", right - left, bottom - top, 8, 0 if grey else 2, 0, 0, 0)
with open(target, "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b""))
PYTHON
      return
    fi
  done
  echo "no page with $2 in $1" >&2
  return 1
}
picture template ZB005 模板
picture complete 汇总 汇总表
picture complete 各一级指标失分 汇总表_图
picture complete 专项预算项目绩效目标完成情况自评表 自评表
picture complete 部门预算项目支出绩效自评表 自评表_部门预算
picture complete 上年结转资金 自评表_中央
picture complete 转移支付区域 自评表_转移支付
picture complete 复核表 自评表_复核
picture complete 打分表 打分表
picture complete 怎样算的 计算过程
picture marked 整改情况 问题清单
picture report 设立背景 报告_1
picture report 三、绩效分析 报告_2
picture report 绩效分配方式 报告_3
picture report 评分依据 报告_4
