#!/usr/bin/env python3
"""Writes a man page for each command from what the argument parser says of itself.

    manual.py SWIFTLET VERSION FOLDER      FOLDER/swiftlet.1, FOLDER/swiftlet-run.1, ...
"""

import json, pathlib, subprocess, sys


def escaped(text):
    """Text for roff: no line is taken for a request, and dashes stay ASCII."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in text.split("\n"))


def paragraphs(text):
    """Paragraphs filled; indented lines, which are examples, as they are."""
    lines, literal = [], False
    for line in text.split("\n"):
        if line.startswith("  ") != literal and line:
            literal = not literal
            lines.append(".PP\n.RS 4\n.nf" if literal else ".fi\n.RE")
        lines.append(escaped(line[2:] if literal else line) if line else ".PP")
    return "\n".join([*lines, *([".fi\n.RE"] if literal else [])])


def entry(argument):
    """An option or an argument, with its help."""
    value = argument["valueName"]
    if argument["kind"] == "positional":
        head = f"\\fI{escaped(value)}\\fR" + (" ..." if argument["isRepeating"] else "")
    else:
        names = ["--" + name["name"] if name["kind"] == "long" else "-" + name["name"] for name in argument["names"]]
        names.sort(key=lambda name: name.startswith("--"))
        head = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
        head += f" \\fI{escaped(value)}\\fR" if argument["kind"] == "option" else ""
    facts = []
    if values := argument.get("allValues"):
        facts.append("values: " + ", ".join(values))
    if "defaultValue" in argument:
        facts.append("default: " + argument["defaultValue"])
    help = " ".join(filter(None, [argument.get("abstract", ""), f"({'; '.join(facts)})" if facts else ""]))
    return f".TP\n{head}\n{escaped(help)}"


def page(command, words, version, see_also):
    name = "-".join(words)
    arguments = [argument for argument in command.get("arguments", []) if argument["shouldDisplay"]]
    positional = [argument for argument in arguments if argument["kind"] == "positional"]
    synopsis = f"\\fB{escaped(' '.join(words))}\\fR " + (
        "\\fIcommand\\fR [\\fIoptions\\fR]" if command.get("subcommands") else "[\\fIoptions\\fR]")
    for argument in positional:
        text = f"\\fI{escaped(argument['valueName'])}\\fR" + (" ..." if argument["isRepeating"] else "")
        synopsis += f" [{text}]" if argument["isOptional"] else f" {text}"
    parts = [
        f'.TH "{escaped(name.upper())}" 1 "" "swiftlet {version}" "Swiftlet"',
        f".SH NAME\n{escaped(name)} \\- {escaped(command['abstract'].rstrip('.'))}",
        f".SH SYNOPSIS\n{synopsis}",
    ]
    if command.get("discussion"):
        parts.append(f".SH DESCRIPTION\n{paragraphs(command['discussion'])}")
    subcommands = [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]
    if subcommands:
        entries = [f".TP\n\\fB{escaped(sub['commandName'])}\\fR\n{escaped(sub['abstract'])}" for sub in subcommands]
        parts.append(".SH COMMANDS\n" + "\n".join(entries))
    sections = {}
    for argument in arguments:
        default = "Arguments" if argument["kind"] == "positional" else "Options"
        sections.setdefault(argument.get("sectionTitle") or default, []).append(entry(argument))
    for title in sorted(sections, key=lambda title: (title == "Options", title != "Arguments")):
        parts.append(f".SH {escaped(title.upper())}\n" + "\n".join(sections[title]))
    others = [f"\\fB{escaped(other)}\\fR(1)" for other in see_also if other != name]
    parts.append(".SH SEE ALSO\n" + ",\n".join(others))
    return name, "\n".join(parts) + "\n"


def main():
    swiftlet, version, folder = sys.argv[1:]
    dump = subprocess.run([swiftlet, "--experimental-dump-help"], capture_output=True, text=True, check=True).stdout
    root = json.loads(dump)["command"]
    subcommands = [command for command in root["subcommands"] if command["commandName"] != "help"]
    names = ["swiftlet", *(f"swiftlet-{command['commandName']}" for command in subcommands)]
    pages = [page(root, ["swiftlet"], version, names)]
    pages += [page(command, ["swiftlet", command["commandName"]], version, names[:1]) for command in subcommands]
    for name, text in pages:
        pathlib.Path(folder, f"{name}.1").write_text(text)


main()
