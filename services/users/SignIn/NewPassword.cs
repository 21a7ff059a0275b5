using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;

namespace Hdms.Users.SignIn;

/// <summary>Putting a new password in the place of the old one. Its hash is made outside the unit of work.</summary>
static class NewPassword
{
    /// <summary>422 unless the password may be used for this person.</summary>
    public static void Check(string field, string password, Person person, string? old = null)
    {
        var check = new Checks();
        foreach (var problem in Passwords.Problems(password, person.EmployeeCode, person.Email))
        {
            check.That(field, false, problem);
        }

        check.That(field, password != old, "must not be the one there is");
        check.Done();
    }

    /// <summary>The person's own choice: what they proved to know is replaced, and their other sessions end.</summary>
    public static async Task ReplaceAsync(UnitOfWork work, Credentials person, string hash, Guid? except)
    {
        // Not when an admin has set another in the meantime: somebody may just have been shut out.
        var replaced = await work.ExecuteAsync(
            """
            UPDATE user_credentials SET password_hash = @hash, must_change = false, updated_at = @Now
            WHERE user_id = @Id AND password_hash = @PasswordHash
            """,
            new { person.Id, person.PasswordHash, hash, work.Now });
        if (replaced == 0)
        {
            throw Refusal.Invalid("current_password", "was changed by somebody else a moment ago");
        }

        await RecordAsync(work, person.Id, temporary: false, except);
    }

    /// <summary>An admin's: the person has to change it before they can sign in. Every session of theirs ends.</summary>
    public static async Task SetTemporaryAsync(UnitOfWork work, Guid user, string hash)
    {
        var set = await work.ExecuteAsync(
            """
            INSERT INTO user_credentials (user_id, password_hash, must_change, updated_at)
            SELECT id, @hash, true, @Now FROM users WHERE id = @user AND NOT is_deleted
            ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash, must_change = true, updated_at = excluded.updated_at
            """,
            new { user, hash, work.Now });
        if (set == 0)
        {
            throw Refusal.NotFound("user");
        }

        await RecordAsync(work, user, temporary: true, except: null);
    }

    /// <summary>The first one of a person who has none, theirs from the start.</summary>
    public static async Task SetOwnAsync(UnitOfWork work, Guid user, string hash)
    {
        await work.ExecuteAsync(
            "INSERT INTO user_credentials (user_id, password_hash, must_change, updated_at) VALUES (@user, @hash, false, @Now)", new { user, hash, work.Now });
        await RecordAsync(work, user, temporary: false, except: null);
    }

    static async Task RecordAsync(UnitOfWork work, Guid user, bool temporary, Guid? except)
    {
        await work.RecordAsync(SignInStreams.Of(user), new UserPasswordChanged(temporary), new Audit(After: new { must_change = temporary }));
        await Sessions.EndAsync(work, user, "password_changed", except);
    }
}
