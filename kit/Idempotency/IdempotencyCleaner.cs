using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Kit.Idempotency;

/// <summary>Deletes answers whose time is over.</summary>
sealed class IdempotencyCleaner(ServiceDatabase database, TimeProvider clock, ILogger<IdempotencyCleaner> log) : HourlyCleaner(database, clock, log)
{
    readonly string _table = $"{database.Service}_idempotency";

    public override Task CleanAsync(CancellationToken ct) => InStepsAsync(
        unit => unit.ExecuteAsync(
            $"DELETE FROM {_table} WHERE key IN (SELECT key FROM {_table} WHERE expires_at < @Now LIMIT {Step} FOR UPDATE SKIP LOCKED)", new { unit.Now }),
        ct);
}
