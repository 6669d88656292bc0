"""Prints the same table for a terminal or as Markdown."""

from typing import List, Optional


def number(value: Optional[float], digits: int = 2) -> str:
    """A number for a cell: `digits` decimals and thousands separated; a dash when there is none."""
    return "–" if value is None else f"{value:,.{digits}f}"


def megabytes(size: float) -> str:
    """Bytes as MB (10^6, as the project's targets are given)."""
    return number(size / 1e6)


def show(title: str, head: List[str], rows: List[List[str]], markdown: bool) -> None:
    """Prints one table; the first column is text, the others are numbers."""
    if markdown:
        print(f"### {title}\n")
        print("| " + " | ".join(head) + " |")
        print("|---" + "|--:" * (len(head) - 1) + "|")
        for row in rows:
            print("| " + " | ".join(row) + " |")
    else:
        widths = [max(len(line[i]) for line in [head, *rows]) for i in range(len(head))]
        print(title)
        for line in [head, *rows]:
            cells = [line[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
            print("  " + "  ".join(cells).rstrip())
    print(flush=True)
