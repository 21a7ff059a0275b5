using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.Import;

static class GetImportRejects
{
    const string Csv = "text/csv";

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/bulk-jobs/users/{id:guid}/rejects", Handle)
        .WithName(nameof(GetImportRejects))
        .WithTags("Import")
        .WithSummary("The rows that could not be taken, as they were, with the reason of each; put them right and import them again (admin, or scope users:write)")
        .Produces<string>(StatusCodes.Status200OK, Csv)
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<FileContentHttpResult> Handle(Guid id, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin(Scopes.WriteUsers);
        return db.ReadAsync(async connection =>
        {
            var import = await UserImport.FindAsync(connection, id, ct);
            var rows = await connection.QueryAsync<(string Cells, string? Reason)>(new CommandDefinition(
                "SELECT cells::text, reason FROM user_import_rows WHERE import_id = @id AND status = 'reject' ORDER BY line", new { id }, cancellationToken: ct));
            return TypedResults.File(Encoding.UTF8.GetBytes(Write(import.Columns, rows)), $"{Csv}; charset=utf-8", $"rejects-{id}.csv");
        }, ct);
    }

    static string Write(string[] columns, IEnumerable<(string Cells, string? Reason)> rows)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using var csv = new CsvWriter(text, CultureInfo.InvariantCulture);
        Record(columns, "reason");
        foreach (var (cells, reason) in rows)
        {
            // As many as the header has; the reason tells of those that were too many.
            var row = JsonSerializer.Deserialize<string[]>(cells)!;
            Record(Enumerable.Range(0, columns.Length).Select(i => i < row.Length ? row[i] : ""), reason);
        }

        csv.Flush();
        return text.ToString();

        void Record(IEnumerable<string> cells, string? reason)
        {
            foreach (var cell in cells.Append(reason ?? ""))
            {
                csv.WriteField(cell);
            }

            csv.NextRecord();
        }
    }
}
