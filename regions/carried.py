"""What mailers, messengers and advertisers append to a link: it is no question, and nobody asked it."""

from collections.abc import Callable, Container

from django.http import QueryDict

LANGUAGE = "lang"  # what our own links to a language append: `enforcement.middleware` reads it
BEGINNINGS = ("utm_", "_hs", "hsa_", "mtm_", "pk_", "wxshare", "fb_", "share_")
NAMES = {
    LANGUAGE,
    # Search engines and advertisers
    "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid", "twclid", "ttclid",
    "li_fat_id", "igshid", "igsh", "mibextid", "srsltid", "bd_vid", "_ga", "_gl", "_branch_match_id", "cmpid", "s_cid",
    "spm", "scm", "ref_src", "ref_url",
    # Mailers
    "mc_cid", "mc_eid", "mkt_tok", "vero_id", "oly_anon_id", "oly_enc_id", "hsctatracking", "ck_subscriber_id",
    # Messengers: WeChat, QQ, Weibo, WhatsApp …
    "from", "isappinstalled", "nsukey", "scene", "ascene", "clicktime", "enterid", "sessionid", "subscene",
    "devicetype", "pass_ticket", "wx_header", "wxfrom", "weixin_share", "mpshare", "srcid", "sharer_shareid",
    "sharer_sharetime", "chksm", "tdsourcetag", "weibo_id", "sudaref",
}  # fmt: skip


def is_carried(name: str) -> bool:
    """Whether a parameter of this name is one that carriers append."""
    name = name.lower()
    return name in NAMES or name.startswith(BEGINNINGS)


def without_carried(query_string: str, own: Container[str] = ()) -> str:
    """`query_string` without what carriers append, except the names that are `own` parameters of the page."""
    parts = [part for part in query_string.split("&") if not _is_foreign(part, own)]
    return "&".join(parts)


def _is_foreign(part, own):
    names = QueryDict(part, encoding="utf-8") if part else ()
    return any(is_carried(name) and name not in own for name in names)


def takes(*names: str) -> Callable:
    """Mark a view that has parameters with names that carriers also use: for it they are questions."""

    def mark(view):
        view.own_parameters = frozenset(names)
        return view

    return mark
