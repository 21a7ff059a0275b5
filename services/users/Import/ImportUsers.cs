using System.ComponentModel;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users.Import;

static class ImportUsers
{
    const string Csv = "text/csv";

    public static IServiceCollection AddImports(this IServiceCollection services) =>
        services.AddSingleton<ImportWorker>().AddHostedService(s => s.GetRequiredService<ImportWorker>());

    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/users/import", Handle)
        .WithName(nameof(ImportUsers))
        .WithTags("Import")
        .WithSummary("Registers and changes people by a CSV file, matched by employee_code; dry_run=true only says what would be done (admin, or scope users:write)")
        .Accepts<string>(Csv)
        .WithMetadata(new RequestSizeLimitAttribute(ImportFile.MostBytes))
        .Produces<ImportPreview>()
        .Produces<BulkJobView>(StatusCodes.Status202Accepted)
        .WithProblems(Codes.Forbidden, Codes.IdempotencyInFlight, Codes.IdempotencyMismatch);

    static async Task<IResult> Handle(
        HttpRequest request,
        Caller caller,
        ServiceDatabase db,
        ImportWorker worker,
        TimeProvider clock,
        CancellationToken ct,
        [FromQuery(Name = "dry_run"), Description("Only say what would be done")] bool dryRun = false)
    {
        caller.MustBeAdmin(Scopes.WriteUsers);
        var file = ImportFile.Read(await ReadAsync(request, ct));
        if (dryRun)
        {
            return TypedResults.Ok(await db.ReadAsync(connection => PreviewImport.OfAsync(connection, file, clock.GetUtcNow(), ct), ct));
        }

        return await db.AnswerAsync(caller, async unit =>
        {
            var job = await StartAsync(unit, file);
            unit.AfterCommit(worker.WakeAsync);
            return Answer.Accepted(UserImport.At(job.Id), job.View(new Dictionary<string, int>()));
        }, ct);
    }

    static async Task<byte[]> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentType?.Split(';')[0].Trim().Equals(Csv, StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new Refusal(Codes.UnsupportedMediaType, $"Send the file itself as {Csv}.");
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        return body.ToArray();
    }

    static async Task<UserImport> StartAsync(UnitOfWork unit, ImportFile file)
    {
        var job = new UserImport
        {
            Id = Guid.CreateVersion7(unit.Now),
            Columns = [.. file.Columns],
            Total = file.Lines.Count,
            StartedBy = unit.By.UserId,
            ServiceAccountId = unit.By.ServiceAccountId,
            Address = unit.By.Address,
            CorrelationId = unit.By.CorrelationId,
            CreatedAt = unit.Now,
            UpdatedAt = unit.Now,
            Version = 1,
        };
        await unit.ExecuteAsync(
            """
            INSERT INTO user_imports (id, columns, total, started_by, service_account_id, address, correlation_id, created_at, updated_at, version)
            VALUES (@Id, @Columns, @Total, @StartedBy, @ServiceAccountId, @Address, @CorrelationId, @CreatedAt, @UpdatedAt, @Version)
            """,
            job);
        await unit.ExecuteAsync(
            """
            INSERT INTO user_import_rows (import_id, line, employee_code, cells, status, reason)
            SELECT @Id, line, employee_code, cells::jsonb, CASE WHEN reason IS NULL THEN 'pending' ELSE 'reject' END, reason
            FROM unnest(@lines, @codes, @cells, @reasons) AS r (line, employee_code, cells, reason)
            """,
            new
            {
                job.Id,
                lines = file.Lines.Select(l => l.Line).ToArray(),
                codes = file.Lines.Select(l => l.EmployeeCode).ToArray(),
                cells = file.Lines.Select(l => JsonSerializer.Serialize(l.Cells)).ToArray(),
                reasons = file.Lines.Select(l => l.Problem).ToArray(),
            });
        await unit.AppendAsync(new EventStream(job.Id, 0), new UserImportStarted(job.Id, job.Total));
        return job;
    }
}
