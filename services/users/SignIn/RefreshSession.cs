using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.SignIn;

/// <summary>
/// Limited as any request that is not signed in, by address and not as tightly as sign-in: a whole office behind one address
/// refreshes every quarter of an hour, and 32 random bytes are not guessed.
/// </summary>
static class RefreshSession
{
    /// <summary>Two tabs that refresh at once both come with the same token; after this, a second use is a theft.</summary>
    static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(10);

    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/refresh", Handle)
        .AllowAnonymous().WithoutIdempotency().WithoutStoring()
        .WithName(nameof(RefreshSession)).WithSummary("Exchange a refresh token for a new pair of tokens")
        .WithProblems(Codes.Unauthenticated);

    static async Task<Ok<SignedIn>> Handle(
        RefreshRequest request, Caller caller, ServiceDatabase database, AccessTokens tokens, CancellationToken ct)
    {
        var token = RefreshToken.TryParse(request.RefreshToken) ?? throw Ended();
        var session = await database.WriteAsync(caller, work => RotateAsync(work, token), ct) ?? throw Ended();
        var access = await tokens.ForPersonAsync(session, token.Session, ct);
        var next = token.Successor(session.SuccessorKey).Text;
        return TypedResults.Ok(new SignedIn(access.Text, AccessTokens.Type, access.ExpiresIn, next, session.ExpiresAt, token.Session, session.View()));
    }

    /// <returns>The session as it goes on; null when it does not. Then there may be something to commit all the same.</returns>
    static async Task<Session?> RotateAsync(UnitOfWork work, RefreshToken token)
    {
        // Locked until the commit: of two requests with one token, the second finds what the first has made of it.
        var session = await work.FindAsync<Session>(
            $"""
            SELECT {Person.Columns}, s.refresh_token_hash AS NewestHash, s.successor_key AS SuccessorKey, s.generation,
                   s.rotated_at AS RotatedAt, s.expires_at AS ExpiresAt
            FROM user_sessions AS s JOIN users AS u ON u.id = s.user_id
            WHERE s.id = @Session AND s.revoked_at IS NULL AND s.expires_at > @Now
            FOR UPDATE OF s
            """,
            new { token.Session, work.Now });
        if (session is null)
        {
            return null;
        }

        switch (token.Age(session.SuccessorKey, session.NewestHash, session.Generation))
        {
            case null:
                return null;
            case 0 or 1 when !session.MayComeIn:
                await Sessions.EndAsync(work, session.Id, "not_allowed_in", only: token.Session);
                return null;
            case 0:
                await ReplaceAsync(work, session, token);
                return session;
            case 1 when work.Now - session.RotatedAt <= AtOnce:
                return session;
            default:
                await work.RecordAsync(SignInStreams.Of(session.Id), new SessionReuseDetected(token.Session));
                await Sessions.EndAsync(work, session.Id, "reuse_detected", only: token.Session);
                return null;
        }
    }

    static async Task ReplaceAsync(UnitOfWork work, Session session, RefreshToken token)
    {
        session.ExpiresAt = work.Now + Sessions.Lifetime;
        await work.ExecuteAsync(
            """
            UPDATE user_sessions SET
                refresh_token_hash = @newest, generation = generation + 1, rotated_at = @Now, last_used_at = @Now, expires_at = @ExpiresAt,
                ip = coalesce(@Address, ip)
            WHERE id = @Session AND refresh_token_hash = @Hash
            """,
            new { token.Session, token.Hash, newest = token.Successor(session.SuccessorKey).Hash, session.ExpiresAt, work.By.Address, work.Now });
    }

    static Refusal Ended() => new(Codes.Unauthenticated, "The session has ended. Sign in again.");

    sealed class Session : Person
    {
        public byte[] NewestHash { get; init; } = [];

        public byte[] SuccessorKey { get; init; } = [];

        public int Generation { get; init; }

        public DateTimeOffset? RotatedAt { get; init; }

        public DateTimeOffset ExpiresAt { get; set; }
    }
}
