using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hdms.Users.Import;

/// <summary>
/// Works imports off, oldest first, a row in a unit of work. A row that is done is marked in that unit, so that a restart goes on
/// behind it, and two processes can work on one import without doing a row twice.
/// </summary>
sealed partial class ImportWorker(ServiceDatabase db, ILogger<ImportWorker> log) : BackgroundService
{
    const int AtOnce = 100;
    static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>There is something new to do.</summary>
    public Task WakeAsync()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }

        return Task.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await WorkAsync(stoppingToken))
                {
                    // Until nothing is left.
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Waiting(log, DatabaseFaults.WithoutRows(e));
            }

            // Also without being woken: another process may have died half-way.
            await _wake.WaitAsync(Look, stoppingToken);
        }
    }

    /// <returns>Whether there was something to do.</returns>
    async Task<bool> WorkAsync(CancellationToken ct)
    {
        var import = await db.ReadAsync(connection => connection.QueryFirstOrDefaultAsync<UserImport>(new CommandDefinition(
            "SELECT * FROM user_imports WHERE state = 'running' ORDER BY id LIMIT 1", cancellationToken: ct)), ct);
        if (import is null)
        {
            return false;
        }

        var lines = await db.ReadAsync(async connection => (await connection.QueryAsync<int>(new CommandDefinition(
            "SELECT line FROM user_import_rows WHERE import_id = @Id AND status = 'pending' ORDER BY line LIMIT @AtOnce",
            new { import.Id, AtOnce },
            cancellationToken: ct))).AsList(), ct);
        foreach (var line in lines)
        {
            await TakeAsync(import, line, ct);
        }

        return lines.Count > 0 || await FinishAsync(import, ct);
    }

    async Task TakeAsync(UserImport import, int line, CancellationToken ct)
    {
        try
        {
            await db.WriteAsync(import.By, unit => ImportOneRow.TakeAsync(unit, import, line), ct);
        }
        catch (Refusal refusal) when (refusal.Code.Status < 500)
        {
            await RejectAsync(import, line, refusal.Message, ct);
        }
        catch (PostgresException e) when (Uniqueness.Understand(e) is { } taken)
        {
            await RejectAsync(import, line, taken.Message, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException and not Refusal && !DatabaseFaults.IsTransient(e))
        {
            // A row that no try would take must not hold up those behind it.
            Failed(log, import.Id, line, DatabaseFaults.WithoutRows(e));
            await RejectAsync(import, line, "a fault of the program, which has been logged", ct);
        }
    }

    Task<int> RejectAsync(UserImport import, int line, string reason, CancellationToken ct) => db.WriteAsync(import.By, unit => unit.ExecuteAsync(
        "UPDATE user_import_rows SET status = 'reject', reason = @reason WHERE import_id = @Id AND line = @line AND status = 'pending'",
        new { import.Id, line, reason }), ct);

    /// <returns>Whether it was finished here; another process may still be at its last rows.</returns>
    Task<bool> FinishAsync(UserImport import, CancellationToken ct) => db.WriteAsync(import.By, async unit =>
    {
        var finished = await unit.ExecuteAsync(
            """
            UPDATE user_imports SET state = 'done', finished_at = @Now, updated_at = @Now, version = version + 1
            WHERE id = @Id AND state = 'running' AND NOT EXISTS (SELECT FROM user_import_rows WHERE import_id = @Id AND status = 'pending')
            """,
            new { import.Id, unit.Now });
        if (finished > 0)
        {
            var counts = UserImport.Counts(import.Total, await UserImport.CountAsync(unit.Connection, import.Id, unit.Ct));
            await unit.AppendAsync(new EventStream(import.Id, import.Version), new UserImportFinished(import.Id, counts));
        }

        return finished > 0;
    }, ct);

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    [LoggerMessage(310, LogLevel.Error, "Import {Import}: line {Line} failed and is rejected")]
    static partial void Failed(ILogger logger, Guid import, int line, Exception e);

    [LoggerMessage(311, LogLevel.Warning, "Imports wait, and are gone on with in a few seconds")]
    static partial void Waiting(ILogger logger, Exception e);
}

/// <summary>One row of an import, in a unit of work of its own.</summary>
static class ImportOneRow
{
    /// <exception cref="Refusal">The row can't be taken; nothing of it was written.</exception>
    public static async Task TakeAsync(UnitOfWork unit, UserImport import, int line)
    {
        var cells = await unit.FindAsync<string>(
            "SELECT cells::text FROM user_import_rows WHERE import_id = @Id AND line = @line AND status = 'pending' FOR UPDATE SKIP LOCKED",
            new { import.Id, line });
        if (cells is null)
        {
            // Done, or being done, by another process.
            return;
        }

        var row = Read(import, line, cells);
        var existing = await unit.FindAsync<User>("SELECT * FROM users WHERE employee_code = @EmployeeCode FOR UPDATE", new { row.EmployeeCode });
        var plan = ImportPlan.Of(existing, row, import.Columns, await DepartmentsAsync(unit, import, row), unit.Now);
        switch (plan.Action)
        {
            case ImportAction.Create:
                await RegisterUser.AddAsync(unit, plan.After);
                break;
            case ImportAction.Update:
                await ChangeUser.ApplyAsync(unit, plan.Before, plan.After);
                break;
            case ImportAction.Reject:
                throw new Refusal(Codes.ValidationFailed, plan.Reason!);
        }

        await unit.ExecuteAsync(
            "UPDATE user_import_rows SET status = @status, cells = '[]' WHERE import_id = @Id AND line = @line",
            new { import.Id, line, status = plan.Action.ToString().ToLowerInvariant() });
    }

    static ImportLine Read(UserImport import, int line, string cells)
    {
        var list = JsonSerializer.Deserialize<string[]>(cells)!;
        return new ImportLine(line, list[Array.IndexOf(import.Columns, ImportColumns.Key)].Trim(), list, Problem: null);
    }

    static async Task<IReadOnlyDictionary<string, Guid>> DepartmentsAsync(UnitOfWork unit, UserImport import, ImportLine row)
    {
        var code = ImportColumns.DepartmentOf(import.Columns, row.Cells);
        var id = code is null
            ? null
            : await unit.FindAsync<Guid?>("SELECT id FROM departments WHERE code = @code AND state = 'open' AND NOT is_deleted", new { code });
        return id is { } open ? new Dictionary<string, Guid> { [code!] = open } : new Dictionary<string, Guid>();
    }
}
