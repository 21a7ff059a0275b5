using System.Net;
using Microsoft.AspNetCore.Components;

namespace Hdms.Web.Dashboard;

/// <summary>Text in an SVG; Razor keeps the tag <c>text</c> to itself.</summary>
static class ChartText
{
    public static MarkupString At(string x, string y, string anchor, string says) =>
        new($"""<text x="{x}" y="{y}" text-anchor="{anchor}">{WebUtility.HtmlEncode(says)}</text>""");
}
