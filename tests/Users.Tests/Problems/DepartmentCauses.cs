using Hdms.Contracts;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;
using static Hdms.Users.Tests.Problems.Causes;

namespace Hdms.Users.Tests.Problems;

static class DepartmentCauses
{
    public static IEnumerable<Cause> All =>
    [
        new("OpenDepartment", Codes.Forbidden, w => w.Requester.PostAsync($"{Api}/departments", Some())),
        new("OpenDepartment", Codes.UnknownReference, w => w.Admin.PostAsync($"{Api}/departments", Some(head: Guid.CreateVersion7()))),
        new("OpenDepartment", Codes.AlreadyExists, async w =>
        {
            var there = await w.Admin.OpenDepartmentAsync();
            return await w.Admin.PostAsync($"{Api}/departments", Some() with { Name = there.Name.ToUpperInvariant() });
        }),

        new("ListDepartments", Codes.Forbidden, GetAsRequester("/departments?is_deleted=true")),
        new("ListDepartments", Codes.ValidationFailed, Get("/departments?sort=colour")),
        new("FindExistingDepartments", Codes.Forbidden, w => w.FeedAccount.PostAsync($"{Api}/departments/exists", new IdsRequest([Guid.CreateVersion7()]))),
        new("GetDepartment", Codes.Forbidden, w => w.FeedAccount.GetAsync($"{Api}/departments/ANY")),
        new("GetDepartment", Codes.NotFound, Get("/departments/NONE")),

        .. OnOne("ChangeDepartment", HttpMethod.Patch, "/departments/{0}", w => w.DepartmentAsync(), v => new ChangeDepartmentRequest { TotalCapacity = 7, Version = v },
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("ChangeDepartment", Codes.UnknownReference, async w => await Change(w, await w.DepartmentAsync(), new() { HeadId = Guid.CreateVersion7() })),
        new("ChangeDepartment", Codes.InvalidTransition, async w => await Change(w, await w.DeletedDepartmentAsync(), new() { TotalCapacity = 7 })),
        new("ChangeDepartment", Codes.AlreadyExists, async w =>
        {
            var there = await w.Admin.OpenDepartmentAsync();
            return await Change(w, await w.DepartmentAsync(), new() { Code = there.Code });
        }),

        .. OnOne("CloseDepartment", HttpMethod.Post, "/departments/{0}/close", w => w.DepartmentAsync(), Reason,
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("CloseDepartment", Codes.InvalidTransition, async w => await Post(w, await w.DeletedDepartmentAsync(), "close")),

        .. OnOne("ReopenDepartment", HttpMethod.Post, "/departments/{0}/reopen", w => w.DepartmentAsync(), Reason,
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("ReopenDepartment", Codes.InvalidTransition, async w => await Post(w, await w.DepartmentAsync(), "reopen")),

        .. OnOne("DeleteDepartment", HttpMethod.Delete, "/departments/{0}", w => w.DepartmentAsync(), Nothing,
            Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed),
        new("DeleteDepartment", Codes.InvalidTransition, async w => await w.Admin.DeleteAsync($"{Api}/departments/{await w.DeletedDepartmentAsync()}")),
        new("DeleteDepartment", Codes.DepartmentInUse, async w =>
        {
            var department = await w.DepartmentAsync();
            await w.Admin.RegisterAsync(Somebody(department: department));
            return await w.Admin.DeleteAsync($"{Api}/departments/{department}");
        }),

        .. OnOne("RestoreDepartment", HttpMethod.Post, "/departments/{0}/restore", w => w.DeletedDepartmentAsync(), Reason,
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("RestoreDepartment", Codes.InvalidTransition, async w => await Post(w, await w.DepartmentAsync(), "restore")),
        new("RestoreDepartment", Codes.AlreadyExists, async w =>
        {
            var gone = await w.Admin.OpenDepartmentAsync();
            await w.Admin.DeleteDepartmentAsync(gone.Id);
            await w.Admin.DoAsync<DepartmentView>(HttpMethod.Post, $"{Api}/departments", Some() with { Code = gone.Code });
            return await Post(w, gone.Id, "restore");
        }),

        new("ListTeam", Codes.Forbidden, w => w.FeedAccount.GetAsync($"{Api}/departments/{Guid.Empty}/team-members")),
        new("ListTeam", Codes.NotFound, Get($"/departments/{Guid.Empty}/team-members")),
        new("ListTeam", Codes.ValidationFailed, Get($"/departments/{Guid.Empty}/team-members?page=0")),
        .. OnOne("AddTeamMember", HttpMethod.Put, $"/departments/{{0}}/team-members/{Guid.Empty}", w => w.DepartmentAsync(), Nothing,
            Codes.Forbidden, Codes.NotFound),
        new("AddTeamMember", Codes.InvalidTransition, async w => await Team(w, HttpMethod.Put, await w.DepartmentAsync(), await w.DeletedUserAsync())),
        .. OnOne("RemoveTeamMember", HttpMethod.Delete, $"/departments/{{0}}/team-members/{Guid.Empty}", w => w.DepartmentAsync(), Nothing,
            Codes.Forbidden, Codes.NotFound),
        new("RemoveTeamMember", Codes.InvalidTransition, async w => await Team(w, HttpMethod.Delete, await w.DeletedDepartmentAsync(), await w.UserAsync())),
    ];

    static Task<HttpResponseMessage> Change(World w, Guid id, ChangeDepartmentRequest request) => w.Admin.PatchAsync($"{Api}/departments/{id}", request);

    static Task<HttpResponseMessage> Post(World w, Guid id, string action) => w.Admin.SendAsync(HttpMethod.Post, $"{Api}/departments/{id}/{action}");

    static Task<HttpResponseMessage> Team(World w, HttpMethod method, Guid department, Guid user) =>
        w.Admin.SendAsync(method, $"{Api}/departments/{department}/team-members/{user}");
}
