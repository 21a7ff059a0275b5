using System.Globalization;

namespace Hdms.Cli.Import;

/// <summary>The report for a terminal: what adds up is a line, what does not is named.</summary>
internal static class ReportText
{
    public static void Write(ImportReport report, TextWriter to)
    {
        to.WriteLine();
        Line(to, $"{"old table",-28}{"rows",11}{"imported",11}{"merged",9}{"rejected",10}");
        foreach (var t in report.Tables)
            Line(to, $"{t.Source,-28}{t.Rows,11:N0}{t.Imported,11:N0}{t.Merged,9:N0}{t.Rejected,10:N0}{(t.Unaccounted == 0 ? "" : $"  {t.Unaccounted:N0} UNACCOUNTED FOR")}");
        Happenings(to, "Rejected", report.Rejected);
        Happenings(to, "Merged", report.Merged);
        Happenings(to, "Changed", report.Changed);
        to.WriteLine();
        foreach (var (table, columns) in report.NotRead)
            Line(to, $"Not read of {table}: {string.Join(", ", columns)}");
        foreach (var sum in report.Sums.Where(s => !s.IsSame))
            Line(to, $"DIFFERS: {sum.What}, {sum.Of}: {sum.Old} in the old system, {sum.New} here");
        foreach (var r in report.References.Where(r => r.Dangling > 0))
            Line(to, $"POINTS NOWHERE: {r.From} → {r.To}: {r.Dangling:N0} of {r.Checked:N0}");
        Line(to, $"{report.Tables.Sum(t => t.Rows):N0} rows accounted for, {report.Sums.Count} sums compared, {report.References.Sum(r => r.Checked):N0} references checked: {(report.IsGood ? "all is well" : "LOOK ABOVE")}.");
    }

    static void Happenings(TextWriter to, string title, IReadOnlyList<Happening> happenings)
    {
        if (happenings.Count == 0)
            return;
        Line(to, $"\n{title}:");
        foreach (var h in happenings)
            Line(to, $"  {h.Rows,8:N0}  {h.Source}: {h.What} ({string.Join(", ", h.First)}{(h.Rows > h.First.Length ? ", …" : "")})");
    }

    static void Line(TextWriter to, FormattableString text) => to.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
