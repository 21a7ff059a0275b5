using System.Globalization;
using System.Text;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Mapping;

/// <summary>Writes a map for a database that has none: a first draft for people to change, with its reasons beside it.</summary>
static class MapProposal
{
    /// <exception cref="PgSplitException">The source can't be reached, or has no tables.</exception>
    public static async Task<string> WriteAsync(PgAddress from, CancellationToken ct)
    {
        await using var connection = await new PgServer(from).OpenAsync("map", ct);
        await connection.ExecuteAsync("SET default_transaction_read_only = on; SET lock_timeout = '2s'; SET statement_timeout = '60s'", ct);
        return Write(from, await TableGraph.ReadAsync(connection, ct));
    }

    internal static string Write(PgAddress from, TableGraph graph)
    {
        if (graph.Tables.Count == 0)
            throw new PgSplitException(ExitCode.BadInput, $"{from.Route} has no tables", "check the database's name, and the role's rights");
        var tables = graph.Tables.ToDictionary(t => t.Name);
        var clusters = Clusters.Of(graph, out var alone);
        if (clusters.Count == 0)
        {
            // Nothing is tied to anything: all of it as one service says that better than an empty map.
            clusters = [new Cluster("service", alone, "tables that nothing ties together")];
            alone = [];
        }

        var home = clusters.SelectMany(c => c.Tables.Select(t => (t, c.Name))).ToDictionary(p => p.t, p => p.Name);
        var yaml = new StringBuilder();
        Line(yaml, $"# Proposed by pgsplit map from {graph.Tables.Count} tables: their names, foreign keys, views{(graph.StatementsSeen ? " and statements seen" : "; no statements were seen (pg_stat_statements is not there)")}.");
        Line(yaml, $"# Change it to what the services shall be, then: pgsplit plan map.yaml");
        Line(yaml, $"source: {Quoted(from.Stored)}");
        Line(yaml, $"services:");
        foreach (var cluster in clusters)
            Service(yaml, from, cluster, tables, graph.Ties, home);

        var ignored = graph.Tables.Where(t => !home.ContainsKey(t.Name)).ToList();
        if (ignored.Count > 0)
            Line(yaml, $"ignore:");
        foreach (var table in ignored)
            Line(yaml, $"  - {Quoted(TableName.Write(table.Name))}  # {KnownTools.Of(table.Name.Name) ?? "nothing ties it to another table: name it in a service, or it stays"}, {Size(table)}");
        return yaml.ToString();
    }

    static void Service(StringBuilder yaml, PgAddress from, Cluster cluster, Dictionary<QualifiedName, UserTable> tables, IReadOnlyList<Tie> ties, Dictionary<QualifiedName, string> home)
    {
        Line(yaml, $"  # {cluster.Tables.Count} tables, {Bytes(cluster.Tables.Sum(t => tables[t].Bytes))}: {cluster.Reason}.");
        foreach (var key in ties.Where(t => t.IsForeignKey && home.GetValueOrDefault(t.From) == cluster.Name && home.GetValueOrDefault(t.To) != cluster.Name).Select(t => (t.What, To: home.GetValueOrDefault(t.To))).Distinct())
            Line(yaml, $"  # Crosses: {key.What} ({(key.To is null ? "ignored" : $"service {key.To}")})");
        Line(yaml, $"  {cluster.Name}:");
        Line(yaml, $"    target: {Quoted(from.WithDatabase(DatabaseName(from.Database, cluster.Name)).Stored)}");
        Line(yaml, $"    tables:");
        foreach (var table in cluster.Tables)
            Line(yaml, $"      - {Quoted(TableName.Write(table))}  # {Size(tables[table])}");
    }

    // 63 bytes are what a name may have.
    static string DatabaseName(string source, string service)
    {
        while (Encoding.UTF8.GetByteCount(source) + 1 + service.Length > 63)
            source = source[..^1];
        return $"{source}_{service}";
    }

    static string Size(UserTable table) => table.Rows < 0
        ? $"{Bytes(table.Bytes)}, never analysed"
        : string.Create(CultureInfo.InvariantCulture, $"{Bytes(table.Bytes)}, about {table.Rows:0} rows");

    static string Bytes(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} kB"),
    };

    // Plain where YAML reads a plain word as itself; else in double quotes, whose escapes hold anything.
    static string Quoted(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '/' or ':' or '@' or '%' or '=' or '-' or '?' or '&') && char.IsAsciiLetter(text[0])
            && text is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n") && !text.EndsWith(':')
            ? text
            : $"\"{string.Concat(text.Select(Escaped))}\"";

    static string Escaped(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        _ when char.IsControl(c) => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    };

    static void Line(StringBuilder yaml, FormattableString line) => yaml.Append(line.ToString(CultureInfo.InvariantCulture).Replace("\n", " ", StringComparison.Ordinal)).Append('\n');
}
