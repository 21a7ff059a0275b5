using Hdms.Kit.Database;
using Hdms.Kit.Hosting;
using Microsoft.Extensions.Logging;

namespace Hdms.Users.SignIn;

/// <summary>Deletes sessions 30 days after their end, and signing keys a day after they have retired.</summary>
sealed class SignInCleaner(ServiceDatabase database, TimeProvider clock, ILogger<SignInCleaner> log) : HourlyCleaner(database, clock, log)
{
    static readonly TimeSpan SessionsKept = TimeSpan.FromDays(30);
    static readonly TimeSpan KeysKept = TimeSpan.FromDays(1);

    public override async Task CleanAsync(CancellationToken ct)
    {
        await InStepsAsync(DeleteSessionsAsync, ct);
        await InStepsAsync(DeleteKeysAsync, ct);
    }

    static Task<int> DeleteSessionsAsync(UnitOfWork unit) => unit.ExecuteAsync(
        $"""
        DELETE FROM user_sessions WHERE id IN (
            SELECT id FROM user_sessions WHERE least(expires_at, revoked_at) < @before LIMIT {Step} FOR UPDATE SKIP LOCKED)
        """,
        new { before = unit.Now - SessionsKept });

    static Task<int> DeleteKeysAsync(UnitOfWork unit) => unit.ExecuteAsync("DELETE FROM user_signing_keys WHERE retires_at < @before", new { before = unit.Now - KeysKept });
}
