using System.Net;
using Microsoft.AspNetCore.Components;

namespace Hdms.Web.Dashboard;

/// <summary>Text in an SVG; Razor keeps the tag <c>text</c> to itself.</summary>
static class ChartText
{
    /// <param name="css">Of one that a narrow screen has no room for.</param>
    public static MarkupString At(string x, string y, string anchor, string says, string css = "") =>
        new($"""<text x="{x}" y="{y}" text-anchor="{anchor}" class="{css}">{WebUtility.HtmlEncode(says)}</text>""");
}
