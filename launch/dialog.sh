#!/bin/sh
# Shows the text given in a window, with whatever the desktop has for that. For starts without a terminal.
title='绩效自评'
text=${1:-没有做成，请在终端里运行 run.sh 查看原因。}

if command -v zenity >/dev/null 2>&1; then
    zenity --error --no-markup --width=520 --title="$title" --text="$text"
    [ $? -le 5 ] && exit 0 # 255: it could not show it
fi
if command -v kdialog >/dev/null 2>&1; then
    kdialog --title "$title" --error "$text" && exit 0
fi
if command -v notify-send >/dev/null 2>&1; then
    notify-send --urgency=critical "$title" "$text" && exit 0
fi
if command -v xmessage >/dev/null 2>&1; then
    xmessage -center "$text"
fi
exit 0
