using Hdms.Users.SignIn;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users.Tests.SignIn;

public sealed class ImportedHashesTests
{
    [Fact]
    public async Task As_long_as_hashes_of_the_old_system_are_left_everybody_takes_the_rounds_of_the_longest()
    {
        await using var api = await UsersApi.StartAsync();
        await api.AddAsync();
        (await RoundsAsync(api)).ShouldBe(0);

        await api.AddAsync(hash: "pbkdf2_sha256$260000$salt$hash");
        var longest = await api.AddAsync(hash: "pbkdf2_sha1$390000$salt$hash");
        await api.AddAsync(hash: "pbkdf2_sha256$999999999$salt$hash");
        await api.AddAsync(hash: "pbkdf2_sha256$many$salt$hash");
        (await RoundsAsync(api)).ShouldBe(390_000, "what can't be verified is not counted");

        await api.Database.ExecuteAsync("UPDATE user_credentials SET password_hash = 'x' WHERE user_id = @Id", new { longest.Id });
        (await RoundsAsync(api)).ShouldBe(260_000);
    }

    static async Task<int> RoundsAsync(UsersApi api)
    {
        api.Clock.Advance(TimeSpan.FromMinutes(1));
        return await api.Services.GetRequiredService<ImportedHashes>().MostRoundsAsync(TestContext.Current.CancellationToken);
    }
}
