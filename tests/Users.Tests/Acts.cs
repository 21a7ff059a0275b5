using System.Text;
using Hdms.Contracts;

namespace Hdms.Users.Tests;

/// <summary>What somebody does at the API, for tests that are about what comes of it.</summary>
static class Acts
{
    public const string Api = "/api/v1";

    public static RegisterUserRequest Somebody(Role role = Role.Requester, Guid? department = null) =>
        new($"E-{Guid.NewGuid():N}"[..20], "Ada", "Tester", Role: role, DepartmentId: department);

    public static Task<UserView> RegisterAsync(this HttpClient admin, RegisterUserRequest? request = null) =>
        admin.DoAsync<UserView>(HttpMethod.Post, $"{Api}/users", request ?? Somebody());

    public static Task<UserView> DoToUserAsync(this HttpClient admin, Guid id, string action) =>
        admin.DoAsync<UserView>(HttpMethod.Post, $"{Api}/users/{id}/{action}");

    public static Task<UserView> UserAsync(this HttpClient client, Guid id) => client.ReadAsync<UserView>($"{Api}/users/{id}");

    public static async Task DeleteUserAsync(this HttpClient admin, Guid id) => (await admin.DeleteAsync($"{Api}/users/{id}")).EnsureSuccessStatusCode();

    public static OpenDepartmentRequest Some(Guid? head = null)
    {
        var name = Guid.NewGuid().ToString("N").ToUpperInvariant();
        return new($"Department {name}", $"D{name[..9]}", head);
    }

    public static Task<DepartmentView> OpenDepartmentAsync(this HttpClient admin, Guid? head = null) =>
        admin.DoAsync<DepartmentView>(HttpMethod.Post, $"{Api}/departments", Some(head));

    public static Task<DepartmentView> DoToDepartmentAsync(this HttpClient admin, Guid id, string action) =>
        admin.DoAsync<DepartmentView>(HttpMethod.Post, $"{Api}/departments/{id}/{action}");

    public static async Task DeleteDepartmentAsync(this HttpClient admin, Guid id) =>
        (await admin.DeleteAsync($"{Api}/departments/{id}")).EnsureSuccessStatusCode();

    /// <summary>Somebody who is not let in asks, and an admin sees the request.</summary>
    public static async Task<AccessRequestView> AskForAccessAsync(this HttpClient admin, UsersApi api, string? note = null)
    {
        var person = await admin.RegisterAsync();
        (await api.Http.PostAsync($"{Api}/access-requests", new AskForAccessRequest(person.EmployeeCode!, note))).EnsureSuccessStatusCode();
        return (await admin.ReadAsync<Paged<AccessRequestView>>($"{Api}/access-requests?user_id={person.Id}")).Data.Single();
    }

    public static StringContent Csv(string text) => new(text, Encoding.UTF8, "text/csv");

    public static Task<HttpResponseMessage> ImportAsync(this HttpClient admin, string csv, bool dryRun = false, string? key = null) =>
        admin.SendAsync(HttpMethod.Post, $"{Api}/users/import{(dryRun ? "?dry_run=true" : "")}", Csv(csv), key: key);

    /// <summary>A token of a service account with these scopes.</summary>
    public static async Task<HttpClient> AsAccountAsync(this UsersApi api, HttpClient admin, params string[] scopes)
    {
        var key = await admin.DoAsync<ServiceAccountKey>(
            HttpMethod.Post, $"{Api}/service-accounts", new CreateServiceAccountRequest($"Account {Guid.NewGuid():N}", scopes));
        var token = await api.Http.DoAsync<TokenView>(HttpMethod.Post, $"{Api}/auth/token", new TokenRequest("client_credentials", key.Key));
        return api.As(token.AccessToken);
    }
}
