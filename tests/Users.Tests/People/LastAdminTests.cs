using System.Net;
using Hdms.Contracts;

namespace Hdms.Users.Tests.People;

public sealed class LastAdminTests(UsersApi api) : IClassFixture<UsersApi>
{
    [Fact]
    public async Task Of_two_admins_who_deactivate_one_another_at_once_one_stays()
    {
        var (one, other) = (await api.AddAsync(Role.Admin), await api.AddAsync(Role.Admin));
        var (asOne, asOther) = (await api.AsAsync(one), await api.AsAsync(other));

        var answers = await Task.WhenAll(Deactivate(asOne, other), Deactivate(asOther, one));

        answers.Order().ShouldBe([HttpStatusCode.OK, HttpStatusCode.UnprocessableEntity]);
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM users WHERE role = 'admin' AND is_active")).ShouldBe(1);
    }

    static async Task<HttpStatusCode> Deactivate(HttpClient admin, TestPerson whom)
    {
        using var response = await admin.PostAsync(new Uri($"/api/v1/users/{whom.Id}/deactivate", UriKind.Relative), null);
        return response.StatusCode;
    }
}
