using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Users.People;

static class GetUser
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/users/me", HandleMe)
            .WithName("GetMe")
            .WithTags("Users")
            .WithSummary("The signed-in person")
            .KnowsVersions()
            .WithProblems(Codes.Forbidden);
        api.MapGet("/users/{id}", Handle)
            .WithName(nameof(GetUser))
            .WithTags("Users")
            .WithSummary("One person, by id or by employee code")
            .KnowsVersions()
            .WithProblems(Codes.Forbidden, Codes.NotFound);
    }

    static Task<Answer<UserView>> HandleMe(Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        return AnswerAsync(connection => UserTable.FindShownAsync(connection, me, ct), Sight.Basic, caller, preconditions, db, ct);
    }

    static Task<Answer<UserView>> Handle(string id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct) =>
        Guid.TryParse(id, out var key)
            ? AnswerAsync(connection => UserTable.FindShownAsync(connection, key, ct), Sight.Basic, caller, preconditions, db, ct)

            // Who does not see codes does not find by them, or could try out which there are.
            : AnswerAsync(connection => UserTable.FindShownAsync(connection, id, ct), Sight.Contact, caller, preconditions, db, ct);

    static Task<Answer<UserView>> AnswerAsync(
        Func<NpgsqlConnection, Task<(User?, DateTime?)>> find, Sight least, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct) =>
        db.ReadAsync(async connection =>
        {
            var (user, lastLogin) = await find(connection);
            var sight = user?.Id == caller.UserId ? Sight.Everything : Sights.Of(caller);
            if (user is null || sight < least || (user.IsDeleted && sight != Sight.Everything))
            {
                throw Refusal.NotFound("user");
            }

            var view = user.View(sight, openly: caller.IsAdmin, sight == Sight.Everything ? lastLogin : null);
            return Answer.Read(caller.IsAdmin ? view : view with { AllowedActions = [] }, user.Version, preconditions);
        }, ct);
}
