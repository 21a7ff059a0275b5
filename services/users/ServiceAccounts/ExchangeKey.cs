using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.ServiceAccounts;

/// <summary>A service account's key for an access token, as OAuth 2.0 does for client credentials (RFC 6749 section 4.4), in JSON.</summary>
static class ExchangeKey
{
    const string Action = "exchange_key";

    /// <summary>The last use is kept, and recorded, to the minute, so that a busy integration does not write for each token.</summary>
    static readonly TimeSpan UseKeptEvery = TimeSpan.FromMinutes(1);

    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/token", Handle)
        .AllowAnonymous().WithoutIdempotency().WithoutStoring()
        .WithTags("Service accounts").WithName(nameof(ExchangeKey)).WithSummary("Exchange a service account's key for an access token of 15 minutes")
        .WithProblems(Codes.Unauthenticated);

    static async Task<Ok<TokenView>> Handle(
        TokenRequest request, Caller caller, ServiceDatabase database, AccessTokens tokens, TimeProvider clock, CancellationToken ct)
    {
        if (request.GrantType != "client_credentials")
        {
            throw Refusal.Invalid("grant_type", "must be client_credentials");
        }

        var now = clock.GetUtcNow();
        var account = await database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<ServiceAccount>(new CommandDefinition(
            $"SELECT {ServiceAccount.Columns} FROM service_accounts WHERE key_hash = @hash",
            new { hash = ServiceAccount.Hash(request.Key) },
            cancellationToken: ct)), ct);
        if (account is null || account.RevokedAt is not null || account.ExpiresAt <= now)
        {
            await RecordAsync(database, caller, account, ct);
            throw new Refusal(Codes.Unauthenticated, "The key is not known, has expired or was revoked.");
        }

        if (account.LastUsedAt is null || now - account.LastUsedAt >= UseKeptEvery)
        {
            await KeepUseAsync(database, caller, account.Id, ct);
        }

        var scope = string.Join(' ', account.Scopes);
        var token = await tokens.ForServiceAccountAsync(account.Id, scope, account.ExpiresAt, ct);
        return TypedResults.Ok(new TokenView(token.Text, AccessTokens.Type, token.ExpiresIn, scope));
    }

    static Task KeepUseAsync(ServiceDatabase database, Caller caller, Guid id, CancellationToken ct) => database.WriteAsync(
        caller with { ServiceAccountId = id },
        async work =>
        {
            // Of several exchanges at once, the first keeps the use.
            var kept = await work.ExecuteAsync(
                "UPDATE service_accounts SET last_used_at = @Now WHERE id = @id AND (last_used_at IS NULL OR last_used_at <= @Now - @UseKeptEvery)",
                new { id, work.Now, UseKeptEvery });
            if (kept > 0)
            {
                await work.RecordAsync(new EventStream(id, 0), new ServiceAccountUsed());
            }
        },
        ct);

    static Task RecordAsync(ServiceDatabase database, Caller caller, ServiceAccount? account, CancellationToken ct)
    {
        var stream = account?.Stream ?? SignInStreams.Of(null);
        var reason = account is null ? "unknown_key" : account.RevokedAt is null ? "expired" : "revoked";
        return database.WriteAsync(
            caller, work => work.RecordRefusalAsync(stream, new AttemptRefused(Action, Codes.Unauthenticated.Name), new Audit(Reason: reason)), ct);
    }
}
