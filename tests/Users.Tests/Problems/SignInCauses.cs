using Hdms.Contracts;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;
using static Hdms.Users.Tests.Problems.Causes;

namespace Hdms.Users.Tests.Problems;

static class SignInCauses
{
    const string Another = "seven green bicycles";

    public static IEnumerable<Cause> All =>
    [
        new("SignInPerson", Codes.Unauthenticated, w => w.Api.Http.PostAsync($"{Api}/auth/sign-in", new SignInRequest("NOBODY", Another))),
        new("SignInPerson", Codes.Forbidden, async w =>
            await w.Api.Http.PostAsync($"{Api}/auth/sign-in", new SignInRequest((await w.Api.AddAsync(active: false)).Code, TestPerson.Password))),
        new("RefreshSession", Codes.Unauthenticated, w => w.Api.Http.PostAsync($"{Api}/auth/refresh", new RefreshRequest("hdmr_none"))),
        new("SignOut", Codes.Forbidden, w => w.Api.AsService().SendAsync(HttpMethod.Post, $"{Api}/auth/sign-out")),
        new("ListSessions", Codes.Forbidden, w => w.Requester.GetAsync($"{Api}/auth/sessions?user_id={Guid.Empty}")),
        new("ListSessions", Codes.ValidationFailed, Get("/auth/sessions?fields=secret")),
        new("EndSession", Codes.NotFound, w => w.Admin.DeleteAsync($"{Api}/auth/sessions/{Guid.Empty}")),
        new("EndOtherSessions", Codes.Forbidden, w => w.Api.AsService().DeleteAsync($"{Api}/auth/sessions")),
        new("ChangePassword", Codes.Forbidden, w => w.Api.AsService().PostAsync($"{Api}/auth/password", new ChangePasswordRequest(Another, Another))),
        new("ReplaceTemporaryPassword", Codes.Unauthenticated, w =>
            w.Api.Http.PostAsync($"{Api}/auth/password-change", new ReplacePasswordRequest("NOBODY", TestPerson.Password, Another))),
        new("ReplaceTemporaryPassword", Codes.Forbidden, async w =>
            await w.Api.Http.PostAsync($"{Api}/auth/password-change", new ReplacePasswordRequest((await w.Api.AddAsync(authorized: false)).Code, TestPerson.Password, Another))),
        .. OnOne("SetPassword", HttpMethod.Post, "/users/{0}/password", w => w.UserAsync(), _ => new SetPasswordRequest(Another), Codes.Forbidden, Codes.NotFound),
    ];
}

static class ServiceAccountCauses
{
    const string Path = $"{Api}/service-accounts";

    public static IEnumerable<Cause> All =>
    [
        new("ExchangeKey", Codes.Unauthenticated, w => w.Api.Http.PostAsync($"{Api}/auth/token", new TokenRequest("client_credentials", "hdms_none"))),
        new("CreateServiceAccount", Codes.Forbidden, w => w.Requester.PostAsync(Path, New())),
        new("CreateServiceAccount", Codes.AlreadyExists, async w =>
        {
            var account = New();
            await w.Admin.DoAsync<ServiceAccountKey>(HttpMethod.Post, Path, account);
            return await w.Admin.PostAsync(Path, account);
        }),
        new("ListServiceAccounts", Codes.Forbidden, GetAsRequester("/service-accounts")),
        new("ListServiceAccounts", Codes.ValidationFailed, Get("/service-accounts?count=some")),
        .. OnOne("ReadServiceAccount", HttpMethod.Get, "/service-accounts/{0}", MadeAsync, Nothing, Codes.Forbidden, Codes.NotFound),
        .. OnOne("RotateServiceAccountKey", HttpMethod.Post, "/service-accounts/{0}/rotate", MadeAsync, Nothing, Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed),
        new("RotateServiceAccountKey", Codes.InvalidTransition, async w =>
        {
            var id = await MadeAsync(w);
            (await w.Admin.DeleteAsync($"{Path}/{id}")).EnsureSuccessStatusCode();
            return await w.Admin.SendAsync(HttpMethod.Post, $"{Path}/{id}/rotate");
        }),
        .. OnOne("RevokeServiceAccount", HttpMethod.Delete, "/service-accounts/{0}", MadeAsync, Nothing, Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed),
    ];

    static CreateServiceAccountRequest New() => new($"Account {Guid.NewGuid():N}", [Scopes.ReadUsers]);

    static async Task<Guid> MadeAsync(World w) => (await w.Admin.DoAsync<ServiceAccountKey>(HttpMethod.Post, Path, New())).Account.Id;
}
