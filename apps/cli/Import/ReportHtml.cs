using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Hdms.Cli.Import;

/// <summary>The report as a page that needs nothing else: for those who have to agree to it.</summary>
internal static class ReportHtml
{
    const string Head =
        """
        <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Import report</title>
        <style>
        :root{color-scheme:light dark;--line:light-dark(#e3e6ea,#343a42);--quiet:light-dark(#5c6773,#98a3ae);--good:light-dark(#1a7f37,#57c271);--bad:light-dark(#c5221f,#ff7b72)}
        body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;background:light-dark(#fff,#14181d);color:light-dark(#1c2126,#e4e8ec)}
        h1{margin-bottom:0}h2{margin-top:2.2rem}.quiet{color:var(--quiet)}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.35rem .7rem;border-bottom:1px solid var(--line);vertical-align:top}
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}details{border:1px solid var(--line);border-radius:.5rem;padding:.5rem .8rem;margin:.5rem 0}summary{cursor:pointer}
        td.v{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere;max-width:28rem}
        </style>
        """;

    public static string Make(ImportReport report)
    {
        var page = new StringBuilder(Head);
        page.Append(CultureInfo.InvariantCulture, $"<h1>Import report</h1><p class=\"quiet\">{E(report.Source)}, begun {report.BegunAt:yyyy-MM-dd HH:mm} UTC</p>");
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"{(report.IsGood ? "good" : "bad")}\">{report.Tables.Sum(t => t.Rows):N0} rows, {report.Sums.Count} sums, {report.References.Sum(r => r.Checked):N0} references: {(report.IsGood ? "all accounted for and equal" : "not everything is equal, see below")}</p>");
        Table(page, "Rows", ["Old table", "Table", "#Rows", "#Imported", "#Merged", "#Rejected", ""], report.Tables.Select(t => new object[] { t.Source, t.Table, t.Rows, t.Imported, t.Merged, t.Rejected, Mark(t.Unaccounted == 0) }));
        Happenings(page, "Rejected", report.Rejected);
        Happenings(page, "Merged", report.Merged);
        Happenings(page, "Changed", report.Changed);
        Table(page, "Sums", ["What", "Of", "#Old", "#New", ""], report.Sums.Select(s => new object[] { s.What, s.Of, s.Old, s.New, Mark(s.IsSame) }));
        Table(page, "References", ["From", "To", "#Checked", "#Pointing nowhere", ""], report.References.Select(r => new object[] { r.From, r.To, r.Checked, r.Dangling, Mark(r.Dangling == 0) }));
        if (report.NotRead.Count > 0)
            Table(page, "Columns that were not read", ["Old table", "Columns"], report.NotRead.Select(n => new object[] { n.Key, string.Join(", ", n.Value) }));
        page.Append("<h2>Side by side</h2>");
        foreach (var sample in report.Samples)
            Sample(page, sample);
        Table(page, "Time", ["Step", "#Seconds"], report.Seconds.Select(s => new object[] { s.Key, s.Value.ToString("N1", CultureInfo.InvariantCulture) }));
        return page.Append("</html>\n").ToString();
    }

    static void Happenings(StringBuilder page, string title, IReadOnlyList<Happening> happenings)
    {
        if (happenings.Count > 0)
            Table(page, title, ["Old table", "What", "#Rows", "First keys"], happenings.Select(h => new object[] { h.Source, h.What, h.Rows, string.Join(", ", h.First) }));
    }

    static void Sample(StringBuilder page, SampleRow sample)
    {
        page.Append(CultureInfo.InvariantCulture, $"<details><summary>{E(sample.Source)} {sample.Old}</summary><div class=\"scroll\"><table><tr><th>as it was<th>as it is</tr><tr><td class=\"v\">{Lines(sample.Was)}<td class=\"v\">{Lines(sample.Is)}</tr></table></div></details>");
    }

    static string Lines(JsonElement row) => string.Join("<br>", row.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null).Select(p => $"<span class=\"quiet\">{E(p.Name)}</span> {E(Short($"{p.Value}"))}"));

    static string Short(string text) => text.Length > 300 ? $"{text[..300]}…" : text;

    static void Table(StringBuilder page, string title, string[] heads, IEnumerable<object[]> rows)
    {
        page.Append(CultureInfo.InvariantCulture, $"<h2>{E(title)}</h2><div class=\"scroll\"><table><tr>");
        foreach (var head in heads)
            page.Append(head.StartsWith('#') ? $"<th class=\"n\">{E(head[1..])}" : $"<th>{E(head)}");
        page.Append("</tr>");
        foreach (var row in rows)
        {
            page.Append("<tr>");
            foreach (var (cell, head) in row.Zip(heads))
                page.Append(cell is Html html ? $"<td>{html.Text}" : head.StartsWith('#') ? $"<td class=\"n\">{E(cell is long number ? number.ToString("N0", CultureInfo.InvariantCulture) : $"{cell}")}" : $"<td>{E($"{cell}")}");
            page.Append("</tr>");
        }

        page.Append("</table></div>");
    }

    static Html Mark(bool good) => new(good ? "<span class=\"good\">✓</span>" : "<span class=\"bad\">✗</span>");

    static string E(string text) => WebUtility.HtmlEncode(text);

    sealed record Html(string Text);
}
