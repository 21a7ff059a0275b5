using Hdms.Contracts;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;
using static Hdms.Users.Tests.Problems.Causes;

namespace Hdms.Users.Tests.Problems;

static class AccessCauses
{
    public static IEnumerable<Cause> All =>
    [
        new("ListAccessRequests", Codes.Forbidden, GetAsRequester("/access-requests")),
        new("ListAccessRequests", Codes.ValidationFailed, Get("/access-requests?status=maybe")),

        .. OnOne("ApproveAccess", HttpMethod.Post, "/access-requests/{0}/approve", AskedAsync, Reason,
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("ApproveAccess", Codes.AlreadyDecided, async w => await ApproveAsync(w, await DeniedAsync(w))),
        new("ApproveAccess", Codes.InvalidTransition, async w =>
        {
            var asked = await w.Admin.AskForAccessAsync(w.Api);
            await w.Admin.DoToUserAsync(asked.User.Id, "deactivate");
            return await ApproveAsync(w, asked.Id);
        }),

        .. OnOne("DenyAccess", HttpMethod.Post, "/access-requests/{0}/deny", AskedAsync, v => new DenyAccessRequest("not yet", v),
            Codes.Forbidden, Codes.NotFound, Codes.VersionConflict, Codes.PreconditionFailed),
        new("DenyAccess", Codes.AlreadyDecided, async w => await DenyAsync(w, await DeniedAsync(w))),

        .. OnOne("GrantAccess", HttpMethod.Put, "/users/{0}/access", w => w.UserAsync(), Nothing, Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed),
        new("GrantAccess", Codes.InvalidTransition, async w => await w.Admin.SendAsync(HttpMethod.Put, $"{Api}/users/{await w.DeletedUserAsync()}/access")),

        .. OnOne("RevokeAccess", HttpMethod.Delete, "/users/{0}/access", w => w.UserAsync(), Nothing, Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed),
        new("RevokeAccess", Codes.InvalidTransition, async w =>
        {
            var person = await w.Admin.RegisterAsync(Somebody() with { HelpdeskAuthorized = true });
            await w.Admin.DeleteUserAsync(person.Id);
            return await w.Admin.DeleteAsync($"{Api}/users/{person.Id}/access");
        }),
    ];

    static async Task<Guid> AskedAsync(World w) => (await w.Admin.AskForAccessAsync(w.Api)).Id;

    static async Task<Guid> DeniedAsync(World w)
    {
        var id = await AskedAsync(w);
        (await DenyAsync(w, id)).EnsureSuccessStatusCode();
        return id;
    }

    static Task<HttpResponseMessage> ApproveAsync(World w, Guid id) => w.Admin.SendAsync(HttpMethod.Post, $"{Api}/access-requests/{id}/approve");

    static Task<HttpResponseMessage> DenyAsync(World w, Guid id) => w.Admin.PostAsync($"{Api}/access-requests/{id}/deny", new DenyAccessRequest("not yet"));
}
