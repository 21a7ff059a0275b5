using Hdms.Contracts;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;
using static Hdms.Users.Tests.Problems.Causes;

namespace Hdms.Users.Tests.Problems;

static class PeopleCauses
{
    public static IEnumerable<Cause> All =>
    [
        new("RegisterUser", Codes.Forbidden, w => w.Requester.PostAsync($"{Api}/users", Somebody())),
        new("RegisterUser", Codes.UnknownReference, w => w.Admin.PostAsync($"{Api}/users", Somebody(department: Guid.CreateVersion7()))),
        new("RegisterUser", Codes.AlreadyExists, async w =>
        {
            var somebody = Somebody();
            await w.Admin.RegisterAsync(somebody);
            return await w.Admin.PostAsync($"{Api}/users", somebody);
        }),

        new("ListUsers", Codes.Forbidden, GetAsRequester("/users?is_deleted=true")),
        new("ListUsers", Codes.ValidationFailed, Get("/users?limit=101")),
        new("GetMe", Codes.Forbidden, w => w.Api.AsService().GetAsync($"{Api}/users/me")),
        new("LookUpUsers", Codes.Forbidden, w => w.FeedAccount.PostAsync($"{Api}/users/lookup", new IdsRequest([Guid.CreateVersion7()]))),
        new("FindExistingUsers", Codes.Forbidden, w => w.FeedAccount.PostAsync($"{Api}/users/exists", new IdsRequest([Guid.CreateVersion7()]))),
        new("GetUser", Codes.Forbidden, w => w.FeedAccount.GetAsync($"{Api}/users/anybody")),
        new("GetUser", Codes.NotFound, Get("/users/nobody-of-this-code")),

        .. OnOne("ChangeUser", HttpMethod.Patch, "/users/{0}", w => w.UserAsync(), v => new ChangeUserRequest { FirstName = "Grace", Version = v },
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("ChangeUser", Codes.UnknownReference, async w => await Change(w, await w.UserAsync(), new() { DepartmentId = Guid.CreateVersion7() })),
        new("ChangeUser", Codes.InvalidTransition, async w => await Change(w, await w.DeletedUserAsync(), new() { FirstName = "Grace" })),
        new("ChangeUser", Codes.AlreadyExists, async w =>
        {
            var other = await w.Admin.RegisterAsync();
            return await Change(w, await w.UserAsync(), new() { EmployeeCode = other.EmployeeCode! });
        }),
        new("ChangeUser", Codes.DepartmentInUse, async w =>
        {
            var head = await w.Admin.RegisterAsync(Somebody(Role.Assignee));
            await w.Admin.OpenDepartmentAsync(head.Id);
            return await Change(w, head.Id, new() { Role = Role.Requester });
        }),

        .. OnOne("DeactivateUser", HttpMethod.Post, "/users/{0}/deactivate", w => w.UserAsync(), Reason,
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("DeactivateUser", Codes.InvalidTransition, async w => await Post(w, await w.DeletedUserAsync(), "deactivate")),

        .. OnOne("ReactivateUser", HttpMethod.Post, "/users/{0}/reactivate", w => w.UserAsync(), Reason,
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("ReactivateUser", Codes.InvalidTransition, async w => await Post(w, await w.UserAsync(), "reactivate")),
        new("ReactivateUser", Codes.UnknownReference, async w =>
        {
            var department = await w.DepartmentAsync();
            var member = await w.Admin.RegisterAsync(Somebody(department: department));
            await w.Admin.DoToUserAsync(member.Id, "deactivate");
            await w.Admin.DeleteDepartmentAsync(department);
            return await Post(w, member.Id, "reactivate");
        }),

        .. OnOne("DeleteUser", HttpMethod.Delete, "/users/{0}", w => w.UserAsync(), Nothing,
            Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed),
        new("DeleteUser", Codes.InvalidTransition, async w => await w.Admin.DeleteAsync($"{Api}/users/{await w.DeletedUserAsync()}")),

        .. OnOne("RestoreUser", HttpMethod.Post, "/users/{0}/restore", w => w.DeletedUserAsync(), Reason,
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("RestoreUser", Codes.InvalidTransition, async w => await Post(w, await w.UserAsync(), "restore")),
        new("RestoreUser", Codes.UnknownReference, async w =>
        {
            var department = await w.DepartmentAsync();
            var member = await w.Admin.RegisterAsync(Somebody(department: department));
            await w.Admin.DeleteUserAsync(member.Id);
            await w.Admin.DeleteDepartmentAsync(department);
            return await Post(w, member.Id, "restore");
        }),

        .. OnOne("AnonymiseUser", HttpMethod.Post, "/users/{0}/anonymise", w => w.UserAsync(), Reason,
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("AnonymiseUser", Codes.InvalidTransition, async w =>
        {
            var id = await w.UserAsync();
            await w.Admin.DoToUserAsync(id, "anonymise");
            return await Post(w, id, "anonymise");
        }),
    ];

    static Task<HttpResponseMessage> Change(World w, Guid id, ChangeUserRequest request) => w.Admin.PatchAsync($"{Api}/users/{id}", request);

    static Task<HttpResponseMessage> Post(World w, Guid id, string action) => w.Admin.SendAsync(HttpMethod.Post, $"{Api}/users/{id}/{action}");
}
