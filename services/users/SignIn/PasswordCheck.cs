using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;

namespace Hdms.Users.SignIn;

/// <summary>Finds out whether somebody is who they say, and records it when not.</summary>
sealed class PasswordCheck(ServiceDatabase database, FailedSignIns failures, ImportedHashes imported)
{
    /// <summary>The person whose code and password these are, and who may come in.</summary>
    /// <param name="action">What is tried, for the record of a refusal.</param>
    /// <exception cref="Refusal">
    /// 401, with one text for an unknown code, a wrong password and a hash that can't be verified: whoever has not proved to
    /// know a password learns nothing, not even that the code exists. 403 with a <see cref="SignInReasons"/>, after the right
    /// password only.
    /// </exception>
    public async Task<Credentials> OfAsync(Caller by, string action, string employeeCode, string password, CancellationToken ct)
    {
        await failures.WaitAsync(employeeCode, ct);
        var person = await FindAsync("u.employee_code = @employeeCode", new { employeeCode }, ct);

        // No connection is held meanwhile: this takes a tenth of a second of a processor, and more while there are imported hashes.
        var verdict = Passwords.VerifyEvenly(person?.PasswordHash, password, await imported.MostRoundsAsync(ct));
        if (person is null || verdict is PasswordVerdict.Wrong or PasswordVerdict.CantBeVerified)
        {
            failures.Add(employeeCode);
            var reason = person is null ? "unknown_code" : verdict == PasswordVerdict.Wrong ? "wrong_password" : "password_reset_needed";
            await RecordAsync(by, person?.Id, action, Codes.Unauthenticated, reason, ct);
            throw new Refusal(Codes.Unauthenticated,
                "The employee code or the password is wrong. A password of the old system may have to be reset: ask an admin for a temporary one.");
        }

        failures.Forget(employeeCode);
        if (!person.IsActive)
        {
            throw await RefuseAsync(by, person, action, SignInReasons.Inactive, "This person has been deactivated.", ct);
        }

        if (!person.IsAuthorized)
        {
            throw await RefuseAsync(by, person, action, SignInReasons.NotAuthorized,
                "You have not been let into the help desk yet. Ask for access.", ct);
        }

        person.NeedsUpgrade = verdict == PasswordVerdict.OkUpgrade;
        return person;
    }

    /// <summary>The same for somebody who is signed in.</summary>
    /// <exception cref="Refusal">422 when the password is not theirs.</exception>
    public async Task<Credentials> OfSignedInAsync(Caller by, string action, string field, string password, CancellationToken ct)
    {
        var person = await FindAsync("u.id = @Person", new { by.Person }, ct)
            ?? throw new Refusal(Codes.Unauthenticated, "The person of this token is no longer here.");
        if (Passwords.Verify(person.PasswordHash, password) is PasswordVerdict.Wrong or PasswordVerdict.CantBeVerified)
        {
            await RecordAsync(by, person.Id, action, Codes.ValidationFailed, "wrong_password", ct);
            throw Refusal.Invalid(field, "is wrong");
        }

        return person;
    }

    /// <summary>Records the refusal of somebody known, and makes it.</summary>
    public async Task<Refusal> RefuseAsync(Caller by, Person person, string action, string reason, string detail, CancellationToken ct)
    {
        await RecordAsync(by, person.Id, action, Codes.Forbidden, reason, ct);
        return new Refusal(Codes.Forbidden, detail) { IsRecorded = true, Members = new Dictionary<string, object?> { ["reason"] = reason } };
    }

    public Task RecordAsync(Caller by, Guid? user, string action, ProblemCode code, string reason, CancellationToken ct) => database.WriteAsync(
        by, work => work.RecordRefusalAsync(SignInStreams.Of(user), new AttemptRefused(action, code.Name), new Audit(Reason: reason)), ct);

    Task<Credentials?> FindAsync(string which, object args, CancellationToken ct) => database.ReadAsync(
        connection => connection.QuerySingleOrDefaultAsync<Credentials>(new CommandDefinition(
            $"""
            SELECT {Credentials.Columns}
            FROM users AS u LEFT JOIN user_credentials AS c ON c.user_id = u.id
            WHERE {which} AND NOT u.is_deleted
            """,
            args,
            cancellationToken: ct)), ct);
}
