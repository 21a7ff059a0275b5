using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Kit.References;

/// <summary>References to things that were deleted elsewhere and that are still referred to here.</summary>
sealed class DanglingChecks : IDoctorCheck
{
    public async Task<IReadOnlyList<DoctorFinding>> CheckAsync(NpgsqlConnection connection, string service, DateTimeOffset now, CancellationToken ct)
    {
        var findings = new List<DoctorFinding>();
        var references = await connection.QueryAsync<string>(new CommandDefinition(
            $"SELECT DISTINCT reference FROM {service}_dangling ORDER BY reference", cancellationToken: ct));
        foreach (var reference in references)
        {
            // Rows that have been given another reference since, or were deleted, are no trouble any more.
            var (table, column) = (reference.Split('.')[0], reference.Split('.')[1]);
            var (count, example) = await connection.QuerySingleAsync<(long, Guid?)>(new CommandDefinition(
                $"""
                SELECT count(*), (array_agg(d.row_id ORDER BY d.found_at))[1]
                FROM {service}_dangling AS d JOIN {Sql.Name(table)} AS t ON t.id = d.row_id
                WHERE d.reference = @reference AND t.{Sql.Name(column)} = d.target_id AND NOT t.is_deleted
                """,
                new { reference },
                cancellationToken: ct));
            if (count > 0)
            {
                findings.Add(new DoctorFinding(
                    Severity.Error, service, $"{count} rows of {table} refer by {column} to what was deleted elsewhere, {example} among them",
                    $"Give them another {column}, or delete them"));
            }
        }

        return findings;
    }
}
