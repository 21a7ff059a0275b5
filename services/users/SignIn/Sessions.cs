using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Users.SignIn;

/// <summary>Sessions as rows: begun at sign-in, ended before their time by their owner, an admin, or what happens to the person.</summary>
static class Sessions
{
    /// <summary>How long a session lasts after its last refresh (DOMAIN.md section 6).</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    public static Task BeginAsync(UnitOfWork work, Guid user, RefreshToken token, string? device) => work.ExecuteAsync(
        """
        INSERT INTO user_sessions (id, user_id, refresh_token_hash, successor_key, device, ip, created_at, last_used_at, expires_at)
        VALUES (@Session, @user, @Hash, @key, @device, @Address, @Now, @Now, @until)
        """,
        new { token.Session, user, token.Hash, key = RefreshToken.NewKey(), device, work.By.Address, work.Now, until = work.Now + Lifetime });

    /// <summary>
    /// Ends a person's sessions in the caller's unit of work, and records it: no refresh token of them is good from the commit on.
    /// Access tokens that were given out live on for the rest of their 15 minutes.
    /// </summary>
    /// <param name="reason">A word for the record, as <c>deactivated</c>.</param>
    /// <param name="except">A session that goes on.</param>
    /// <param name="only">The one session to end; null for all.</param>
    /// <returns>How many were ended.</returns>
    public static async Task<int> EndAsync(UnitOfWork work, Guid user, string reason, Guid? except = null, Guid? only = null)
    {
        var ended = await work.QueryAsync<Guid>(
            """
            UPDATE user_sessions SET revoked_at = @Now, revoked_reason = @reason
            WHERE user_id = @user AND revoked_at IS NULL AND expires_at > @Now
              AND id IS DISTINCT FROM @except::uuid AND (@only::uuid IS NULL OR id = @only::uuid)
            RETURNING id
            """,
            new { user, reason, except, only, work.Now });
        if (ended.Count > 0)
        {
            await work.RecordAsync(SignInStreams.Of(user), new UserSessionsEnded(ended, reason));
        }

        return ended.Count;
    }
}
