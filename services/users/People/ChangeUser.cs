using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.Departments;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

static class ChangeUser
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPatch("/users/{id:guid}", Handle)
        .WithName(nameof(ChangeUser))
        .WithTags("Users")
        .WithSummary("Changes members of a person: those that are absent stay, null clears (admin, or scope users:write)")
        .Accepts<ChangeUserRequest>("application/json", "application/merge-patch+json")
        .WithProblems(
            Codes.Forbidden, Codes.NotFound, Codes.UnknownReference, Codes.InvalidTransition, Codes.AlreadyExists, Codes.DepartmentInUse,
            Codes.VersionConflict, Codes.PreconditionFailed);

    static Task<Answer<UserView>> Handle(
        Guid id, ChangeUserRequest request, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        caller.MustBeAdmin(Scopes.WriteUsers);
        return db.AnswerAsync(caller, async unit =>
        {
            var before = await UserTable.LockAsync(unit, id);
            await preconditions.RequireAsync(unit, id, before.Version, request.Version);
            before.MustAllow("change");
            var after = Merge(before, request);
            var check = new Checks();
            after.Check(check);
            check.Done();
            var row = await ApplyAsync(unit, before, after);
            return Answer.Ok(row.View(Sight.Everything, openly: caller.IsAdmin), row.Version);
        }, ct);
    }

    /// <summary>Writes a checked change over a locked person, with what follows from it; nothing when nothing is changed.</summary>
    public static async Task<User> ApplyAsync(UnitOfWork unit, User before, User after)
    {
        if (after == before)
        {
            return before;
        }

        Rights.MustBeAllowed(unit.By, before.Role, after.Role);

        if (after.DepartmentId != before.DepartmentId && after.DepartmentId is { } department)
        {
            await DepartmentTable.MustBeOpenAsync(unit, department);
        }

        // The head of a department is one of its assignees, so neither can be taken away before the department has another.
        if ((before.Role == Role.Assignee && after.Role != Role.Assignee) || after.DepartmentId != before.DepartmentId)
        {
            await UserTable.MustNotBeHeadAsync(unit, before.Id);
        }

        await UserTable.MustLeaveAnAdminAsync(unit, before, after, "change");
        if (before.HelpdeskAuthorized && !after.HelpdeskAuthorized)
        {
            await Sessions.EndAsync(unit, before.Id, "access_revoked");
        }

        return await UserTable.SaveAsync<UserChanged>(unit, before, after);
    }

    static User Merge(User u, ChangeUserRequest r) => (u with
    {
        EmployeeCode = r.EmployeeCode.Or(u.EmployeeCode),
        FirstName = r.FirstName.Or(u.FirstName),
        LastName = r.LastName.Or(u.LastName),
        Cnic = r.Cnic.Or(u.Cnic),
        Email = r.Email.Or(u.Email),
        PhoneNumber = r.PhoneNumber.Or(u.PhoneNumber),
        Role = r.Role.Or(u.Role),
        IsCeo = r.IsCeo.Or(u.IsCeo),
        IsApprover = r.IsApprover.Or(u.IsApprover),
        IsAnalyst = r.IsAnalyst.Or(u.IsAnalyst),
        HelpdeskAuthorized = r.HelpdeskAuthorized.Or(u.HelpdeskAuthorized),
        DepartmentId = r.DepartmentId.Or(u.DepartmentId),
        SmsUserId = r.SmsUserId.Or(u.SmsUserId),
        LastSmsSync = r.LastSmsSync.Or(u.LastSmsSync),
        DateJoined = r.DateJoined.Or(u.DateJoined),
    }).Trimmed();
}
