"""Write the text of the PDF that comes on standard input. A program of its own: see `files.py`.

python pdf.py MOST_CHARACTERS < file.pdf
"""

import io
import sys

MOST_PAGES = 100
MOST_SECONDS = 15
MOST_MEMORY = 1_500_000_000


def limit():
    try:
        import resource  # not on Windows: there only the time is limited, by who calls
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def text_of_pdf(content, most):
    import pypdf  # after the limit

    read, length = [], 0
    for page in pypdf.PdfReader(io.BytesIO(content)).pages[:MOST_PAGES]:
        read.append(page.extract_text())
        length += len(read[-1])
        if length > most:
            break
    return "\n".join(read)


if __name__ == "__main__":
    limit()
    text = text_of_pdf(sys.stdin.buffer.read(), int(sys.argv[1]))
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
