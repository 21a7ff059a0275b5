using System.Net;
using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Hdms.Communication.Chat;

/// <summary>
/// A message as HTML: paragraphs, emphasis, code, lists, quotes and links of Markdown. Everything else that was typed is text:
/// HTML is escaped, images are their descriptions, and links lead to the web or to a mail, or are no links.
/// </summary>
static class MessageHtml
{
    static readonly string[] Schemes = ["http://", "https://", "mailto:"];

    static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().DisableHtml().DisableHeadings().UseSoftlineBreakAsHardlineBreak().Build();

    public static string Of(string message)
    {
        try
        {
            var document = Markdown.Parse(message, Pipeline);
            foreach (var inline in document.Descendants<Inline>().ToList())
            {
                Tame(inline);
            }

            return document.ToHtml(Pipeline).Trim();
        }
        catch (ArgumentException)
        {
            // Nested more deeply than anybody would write by hand.
            return $"<p>{WebUtility.HtmlEncode(message)}</p>";
        }
    }

    static void Tame(Inline inline)
    {
        switch (inline)
        {
            case LinkInline link when link.IsImage || !Leads(link.Url):
                // What it is made of stays, as text.
                inline.ReplaceBy(new ContainerInline(), copyChildren: true);
                break;
            case LinkInline link:
                link.GetAttributes().AddProperty("rel", "nofollow noopener noreferrer");
                link.Title = null;
                break;
            case AutolinkInline link when !link.IsEmail && !Leads(link.Url):
                link.ReplaceBy(new LiteralInline(link.Url));
                break;
            case AutolinkInline link:
                link.GetAttributes().AddProperty("rel", "nofollow noopener noreferrer");
                break;
        }
    }

    static bool Leads(string? url) => url is not null && Schemes.Any(s => url.StartsWith(s, StringComparison.OrdinalIgnoreCase));
}
