using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Hdms.Users.Departments;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

/// <summary>Takes a person out of the rows and, with their key, out of every event; the row stays, since others refer to it.</summary>
static class AnonymiseUser
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/users/{id:guid}/anonymise", Handle)
        .WithName(nameof(AnonymiseUser))
        .WithTags("Users")
        .WithSummary("Erases what is personal of a person for good, from past events too (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<UserView>> Handle(
        Guid id, ReasonRequest? request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin();
        Reasons.Check(request);
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await UserTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request?.Version);
            before.MustAllow("anonymise");
            var after = Placeholder(before, unit.Now);
            await UserTable.MustLeaveAnAdminAsync(unit, before, after, "anonymise");
            await DepartmentTable.DetachHeadAsync(unit, id);
            await EraseAsync(unit, db.Events.Keys, before);
            await UserTable.UpdateAsync(unit, after);

            // Under a key made after the erasure: what is told from here on must hold nothing of what was erased, not even the
            // state before, which the log would take in if it had none of this version.
            var stream = after.Stream with { Version = before.Version, Imported = () => after.State<UserImported>() };
            await unit.AppendAsync(stream, after.State<UserAnonymised>(), new Audit(Reason: request?.Reason));
            return Answer.Ok(after.View(Sight.Everything), after.Version);
        }, ct);
    }

    static User Placeholder(User u, DateTimeOffset now) => u with
    {
        EmployeeCode = $"anonymised-{u.Id:N}",
        FirstName = "Anonymised",
        LastName = "",
        Cnic = null,
        Email = null,
        PhoneNumber = null,
        SmsUserId = null,
        IsActive = false,
        HelpdeskAuthorized = false,
        AnonymisedAt = now,
        UpdatedAt = now,
        Version = u.Version + 1,
    };

    static async Task EraseAsync(UnitOfWork unit, PersonKeys keys, User user)
    {
        await keys.EraseAsync(unit.Connection, user.Id, unit.Ct);
        await StoredAnswer.ForgetAsync(unit, user.Id);
        await unit.ExecuteAsync("DELETE FROM user_sessions WHERE user_id = @Id", new { user.Id });
        await unit.ExecuteAsync("DELETE FROM user_credentials WHERE user_id = @Id", new { user.Id });
        await unit.ExecuteAsync("UPDATE access_requests SET note = NULL, reason = NULL WHERE user_id = @Id", new { user.Id });
        await unit.ExecuteAsync(
            """
            UPDATE user_import_rows
            SET employee_code = '', cells = '[]',
                status = CASE status WHEN 'pending' THEN 'reject' ELSE status END,
                reason = CASE WHEN status IN ('pending', 'reject') THEN 'the person was anonymised' END
            WHERE employee_code = @EmployeeCode
            """,
            new { user.EmployeeCode });
    }
}
