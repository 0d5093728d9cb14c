"""What MkDocs is told beside the files in docs/: pages that stand elsewhere or are made, and diagrams without a CDN."""

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))  # hooks are loaded by path
import api_pages

ROOT = Path(__file__).parents[2]
ELSEWHERE = {"index.md": "README.md", "changes.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
MERMAID = Path(sys.prefix) / "mermaid.min.js"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Without its script a diagram stays text: a page must never load one from elsewhere."""
    if MERMAID.exists():
        config.extra_javascript.append("assets/mermaid.min.js")
    else:
        fences: dict[str, Any] = config.mdx_configs["pymdownx.superfences"]
        fences["custom_fences"] = []
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from the top of the repository, the API's description, and the diagrams' script."""
    for page, source in ELSEWHERE.items():
        text = (ROOT / source).read_text("utf-8")
        files.append(File.generated(config, page, content=re.sub(r"\]\((?:docs/)?", "](", with_site_links(text))))
    described = api_pages.description()
    files.append(File.generated(config, "api.md", content=api_pages.page(described)))
    files.append(File.generated(config, "openapi.json", content=api_pages.as_json(described)))
    if MERMAID.exists():
        files.append(File.generated(config, "assets/mermaid.min.js", content=MERMAID.read_bytes()))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Links to what stands at the top of the repository lead to its page."""
    return with_site_links(markdown, "../" * page.file.src_uri.count("/"))


def with_site_links(markdown: str, up: str = "") -> str:
    """With links to the pages' names on the site; `up` leads from the page to the site's top."""
    for page, source in ELSEWHERE.items():
        markdown = re.sub(rf"\]\((?:\.\./)*{re.escape(source)}", f"]({up}{page}", markdown)
    return markdown
