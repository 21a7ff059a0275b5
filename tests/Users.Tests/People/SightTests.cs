using Hdms.Users.People;

namespace Hdms.Users.Tests.People;

public sealed class SightTests
{
    [Theory]
    [InlineData("35201-1234567-1", "*****-*****67-1")]
    [InlineData("3520112345671", "*********5671")]
    [InlineData("1234", "****")]
    [InlineData("1", "*")]
    [InlineData(null, null)]
    public void Of_a_national_id_the_last_four_characters_are_shown_and_of_a_short_one_none(string? cnic, string? masked) =>
        Sights.Masked(cnic).ShouldBe(masked);
}
