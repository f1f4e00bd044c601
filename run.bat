@echo off
rem Double-click this, or drag workbooks on to it. Takes the arguments of "perf-excel run" as well.
rem Finds a Python and hands over to launch\start.py, which does all the rest; exits with 0 when done, also when
rem items are left to be mended.  PERF_EXCEL_NO_PAUSE=1 (or CI): wait for no key, open no window.
rem
rem Chinese and code pages:
rem - This file is plain ASCII with CRLF: cmd.exe reads a batch file in the code page of the moment and loses its
rem   place in one that has Chinese in it.
rem - No "chcp 65001": on Windows 7 and 8 it breaks batch files and turns to a font without Chinese. Python writes to
rem   a console in Unicode whatever the code page is, so in the usual case there is no need to touch it; where
rem   its output goes to a file, PYTHONUTF8 makes that UTF-8.
rem - The one text that is needed before there is a Python is a GBK file, typed under code page 936, which every
rem   Chinese Windows from 7 to 11 has as its own and others can switch to. The code page is put back afterwards.
rem
rem Paths: quoted everywhere and never expanded inside a ( ) block; delayed expansion is off, so that "!" is kept.

setlocal EnableExtensions DisableDelayedExpansion
set "PERF_EXCEL_FROM=%CD%"
rem audit.bat asks for another task.
if not defined PERF_EXCEL_TASK set "PERF_EXCEL_TASK=run"
set "PYTHONUTF8=1"
set "PYTHONIOENCODING=utf-8"
set "PYTHONHOME="
set "PYTHONPATH="
rem The newer "py" would download a Python when asked for one that is not there.
set "PYTHON_MANAGER_AUTOMATIC_INSTALL=false"

rem pushd gives a network folder (\\server\share) a drive letter.
pushd "%~dp0"
if not exist "launch\start.py" goto incomplete

set "CHECK=import sys; sys.exit(sys.version_info[:2] < (3, 11))"
set "PY="
for %%v in (3 3.14 3.13 3.12 3.11) do call :try py -%%v
for %%c in (python python3) do call :try %%c
for %%v in (314 313 312 311) do call :try "%LocalAppData%\Programs\Python\Python%%v\python.exe"
for %%v in (314 313 312 311) do call :try "%ProgramFiles%\Python%%v\python.exe"
if not defined PY goto nopython

rem No "call" here: it would eat a percent sign in a file name. start.py opens the output folder and keeps the window open.
%PY% -I -S -X utf8 "launch\start.py" %PERF_EXCEL_TASK% %*
set "STATUS=%ERRORLEVEL%"
popd
exit /b %STATUS%

:nopython
set "OLDCP="
for /f "tokens=2 delims=:." %%p in ('chcp') do set "OLDCP=%%p"
chcp 936 >nul 2>nul
type "launch\no_python_gbk.txt"
if not defined CI if not defined PERF_EXCEL_NO_PAUSE pause >nul
if defined OLDCP chcp %OLDCP% >nul 2>nul
popd
exit /b 3

:incomplete
rem Mostly a double-click inside an unopened zip: Windows then unpacks this file alone, so the text must be in here.
rem It says: "Not started: the launch folder is missing. Right-click the zip, choose 'Extract all', then double-click
rem run.bat in the new folder. Press any key to close."
echo Please extract the whole zip first, then run run.bat in the extracted folder.
powershell -NoProfile -Command "Write-Host ([regex]::Unescape('\u6ca1\u6709\u542f\u52a8\uff1a\u7f3a\u5c11 launch \u6587\u4ef6\u5939\u3002\u8bf7\u5148\u53f3\u952e\u70b9\u538b\u7f29\u5305\uff0c\u9009\u201c\u5168\u90e8\u89e3\u538b\u7f29\u201d\uff0c\u518d\u5230\u89e3\u538b\u51fa\u6765\u7684\u6587\u4ef6\u5939\u91cc\u53cc\u51fb run.bat\u3002\u6309\u4efb\u610f\u952e\u5173\u95ed\u7a97\u53e3\u2026\u2026'))" 2>nul
if not defined CI if not defined PERF_EXCEL_NO_PAUSE pause >nul
exit /b 3

rem A Python is what runs CHECK and exits with 0. The Microsoft Store's stand-in does not, nor does an old one.
rem "call", because it may be a batch file itself. Not "if errorlevel 1": what cannot start may have a negative status.
:try
if defined PY goto :eof
call %* -I -S -c "%CHECK%" <nul >nul 2>nul
if "%ERRORLEVEL%"=="0" set PY=%*
goto :eof
