using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Npgsql;
using Hdms.Kit.Database;

namespace Hdms.Kit.Schema;

/// <summary>A view for people, in the schema <c>report</c>: a query over the service's own tables, as <c>users.sql</c>.</summary>
public sealed record ReportView(string Name, string Query)
{
    /// <summary>Where views are, and nothing else; services may not look into it.</summary>
    public const string Schema = "report";

    /// <summary>Who reads them.</summary>
    public const string Reader = "hdms_report";

    /// <summary>Those embedded in <paramref name="assembly"/> under <c>Report/</c>: the file has the view's name.</summary>
    public static IReadOnlyList<ReportView> Of(Assembly assembly) =>
    [
        .. SchemaScript.Embedded(assembly, "Report").Select(file => new ReportView(Path.GetFileNameWithoutExtension(file.Name), file.Sql)),
    ];

    /// <summary>Kept with the view, and different for every text.</summary>
    string Mark => $"of hdms, {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Query.ReplaceLineEndings("\n"))))[..16]}";

    /// <summary>
    /// Takes the service's views away, in the transaction of a schema script: PostgreSQL refuses to change a column that a view
    /// reads. They are made again when all scripts have run (docs/decisions/0013-report-views.md).
    /// </summary>
    internal static async Task DropAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        var names = (await ThereAsync(owner, ct)).Keys.Select(Qualified).ToList();
        if (names.Count > 0)
        {
            await owner.ExecuteAsync(new CommandDefinition($"DROP VIEW {string.Join(", ", names)}", cancellationToken: ct));
        }
    }

    /// <summary>Makes the views again if they are not those of this program.</summary>
    /// <returns>Whether there was something to do.</returns>
    internal static async Task<bool> EnsureAsync(NpgsqlConnection owner, IReadOnlyList<ReportView> views, CancellationToken ct)
    {
        var there = await ThereAsync(owner, ct);
        var asWanted = views.Count == there.Count && views.All(v => there.GetValueOrDefault(v.Name) == v.Mark);
        if (asWanted || !await MayAsync(owner, ct))
        {
            return false;
        }

        await using var transaction = await owner.BeginTransactionAsync(ct);
        await DropAsync(owner, ct);
        foreach (var view in views)
        {
            await view.CreateAsync(owner, ct);
        }

        await transaction.CommitAsync(ct);
        return true;
    }

    async Task CreateAsync(NpgsqlConnection owner, CancellationToken ct)
    {
        try
        {
            await owner.ExecuteAsync(new CommandDefinition(
                $"""
                CREATE VIEW {Qualified(Name)} AS
                {Query.TrimEnd().TrimEnd(';')};
                COMMENT ON VIEW {Qualified(Name)} IS '{Mark}';
                GRANT SELECT ON {Qualified(Name)} TO {Reader};
                """,
                cancellationToken: ct));
        }
        catch (PostgresException e)
        {
            throw new SchemaException($"The report view {Name} could not be made: {e.MessageText}", e);
        }
    }

    /// <summary>Our views by name, with their marks; what somebody else has put there is left alone.</summary>
    static async Task<IReadOnlyDictionary<string, string>> ThereAsync(NpgsqlConnection owner, CancellationToken ct) =>
        (await owner.QueryAsync<(string Name, string Mark)>(new CommandDefinition(
            """
            SELECT relname, obj_description(oid, 'pg_class') FROM pg_class
            WHERE relkind = 'v' AND relnamespace = to_regnamespace(@Schema) AND relowner = current_user::regrole
              AND obj_description(oid, 'pg_class') LIKE 'of hdms, %'
            """,
            new { Schema },
            cancellationToken: ct))).ToDictionary(v => v.Name, v => v.Mark, StringComparer.Ordinal);

    /// <summary>Not in a database that was provisioned by other means: reports are no reason for a service not to start.</summary>
    static Task<bool> MayAsync(NpgsqlConnection owner, CancellationToken ct) => owner.ExecuteScalarAsync<bool>(new CommandDefinition(
        """
        SELECT coalesce(has_schema_privilege(to_regnamespace(@Schema)::oid, 'CREATE'), false) AND EXISTS (SELECT FROM pg_roles WHERE rolname = @Reader)
        """,
        new { Schema, Reader },
        cancellationToken: ct));

    static string Qualified(string name) => $"{Schema}.{Sql.Name(name)}";
}
