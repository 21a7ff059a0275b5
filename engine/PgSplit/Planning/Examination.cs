using System.Globalization;
using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Mapping;
using PgSplit.Pg;

namespace PgSplit.Planning;

/// <summary>What the checks of one service look at, and where they put what they find.</summary>
sealed class Examination
{
    readonly List<Finding> _findings = [];

    public required Map Map { get; init; }
    public required MapService Service { get; init; }
    public required PlanLimits Limits { get; init; }
    public required NpgsqlConnection Source { get; init; }

    /// <summary>Null where the target can't be reached: checks that need it are left out.</summary>
    public NpgsqlConnection? Target { get; init; }

    /// <summary>The service's tables that are there, with all their partitions.</summary>
    public required IReadOnlyList<Table> Tables { get; init; }

    public MoveDefinition Move => Service.Move;

    /// <summary>Of <see cref="Tables"/>: <c>$1</c> of most questions.</summary>
    public uint[] Oids => [.. Tables.Select(t => t.Oid)];

    public bool SameCluster { get; set; }
    public IReadOnlyList<Finding> Findings => _findings;

    public void Blocker(string code, string on, string why, string? remedy) => Add(Severity.Blocker, code, on, why, remedy);

    public void Warning(string code, string on, string why, string? remedy) => Add(Severity.Warning, code, on, why, remedy);

    public void Note(string code, string on, string why, string? remedy = null) => Add(Severity.Note, code, on, why, remedy);

    public void Add(Severity severity, string code, string on, string why, string? remedy) =>
        _findings.Add(new Finding(severity, code, Service.Name, on, why, remedy));

    /// <summary>The line of the map that names a table: <c>map.yaml:12</c>.</summary>
    public string LineOf(QualifiedName table) => string.Create(CultureInfo.InvariantCulture, $"{Map.Path}:{Service.TableLines[table]}");

    /// <summary>Rows of a question to the source about the service's tables.</summary>
    public Task<List<T>> AskAsync<T>(string sql, Func<System.Data.Common.DbDataReader, T> row, CancellationToken ct) =>
        Source.QueryAsync(sql, row, ct, Oids);
}
