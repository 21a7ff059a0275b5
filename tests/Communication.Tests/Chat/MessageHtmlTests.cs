using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Hdms.Communication.Chat;

namespace Hdms.Communication.Tests.Chat;

/// <summary>Whatever is typed, nothing of it becomes markup but Markdown's plain parts.</summary>
public sealed partial class MessageHtmlTests
{
    [Theory]
    [InlineData("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>")]
    [InlineData("a <b onclick=\"x()\">b</b>", "<p>a &lt;b onclick=&quot;x()&quot;&gt;b&lt;/b&gt;</p>")]
    [InlineData("**bold** and `<i>`", "<p><strong>bold</strong> and <code>&lt;i&gt;</code></p>")]
    [InlineData("one\ntwo", "<p>one<br />\ntwo</p>")]
    [InlineData("# no heading", "<p># no heading</p>")]
    [InlineData("[web](https://example.org/a?b=c&d)", "<p><a href=\"https://example.org/a?b=c&amp;d\" rel=\"nofollow noopener noreferrer\">web</a></p>")]
    [InlineData("[x](javascript:alert(1))", "<p>x</p>")]
    [InlineData("[x](JaVaScRiPt:alert(1))", "<p>x</p>")]
    [InlineData("[x](java&#115;cript:alert(1))", "<p>x</p>")]
    [InlineData("[x](data:text/html;base64,AAAA)", "<p>x</p>")]
    [InlineData("[x](//example.org)", "<p>x</p>")]
    [InlineData("[x](/api/v1/users)", "<p>x</p>")]
    [InlineData("<javascript:alert(1)>", "<p>javascript:alert(1)</p>")]
    [InlineData("![a picture](https://example.org/track.gif)", "<p>a picture</p>")]
    [InlineData("[![b](https://example.org/b.gif)](javascript:1)", "<p>b</p>")]
    public void What_is_typed_comes_out_like_this(string typed, string html) => MessageHtml.Of(typed).ShouldBe(html);

    [Fact]
    public void What_is_nested_too_deeply_comes_out_as_text() =>
        MessageHtml.Of(new string('>', 5000) + "<img src=x onerror=alert(1)>").ShouldNotContain("<img");

    [Fact]
    public void No_text_makes_a_tag_or_an_attribute_that_is_not_among_the_plain_ones() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(3000),
        Prop.ForAll(Typed(), text =>
        {
            var html = MessageHtml.Of(text);
            var wrong = Tag().Matches(html).Select(m => m.Value).Where(t => !Allowed().IsMatch(t)).ToArray();
            wrong.ShouldBeEmpty($"{text} → {html}");
        }));

    /// <summary>Pieces that are markup somewhere, in any order.</summary>
    static Arbitrary<string> Typed() => Gen.Elements(
            "<", ">", "\"", "'", "&", "<script>", "</script>", "<img src=x onerror=y>", "<!--", "-->", "<![CDATA[", "[", "]", "(", ")", "![", "](", "javascript:", "JAVASCRIPT:", "https://a.b", "mailto:a@b",
            "*", "**", "_", "`", "```", "\n", "\n\n", " ", "    ", "- ", "1. ", "> ", "# ", "---", "\\", "&#x6A;", "&lt;", "{.x}", "[a]: javascript:x", "<a href=", "\t", "word", "\u0000", "|", "~~", "<https://c.d>", "<e@f.g>")
        .ListOf().Select(parts => string.Concat(parts)).ToArbitrary();

    [GeneratedRegex("<[^>]*>", RegexOptions.None, 5000)]
    private static partial Regex Tag();

    [GeneratedRegex("""^<(/?(p|strong|em|code|pre|ul|ol|li|blockquote|a)|(br|hr) /|ol start="\d+"|code class="language-[^"<>]*"|a href="(https?://|mailto:)[^"<>]*"( rel="nofollow noopener noreferrer")?)>$""", RegexOptions.IgnoreCase, 5000)]
    private static partial Regex Allowed();
}
