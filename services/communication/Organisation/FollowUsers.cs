using Hdms.Communication.Participants;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;
using Hdms.Kit.Replicas;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Communication.Organisation;

/// <summary>Keeps the copy of people by the users service's feed, and ends the participation of those who are gone.</summary>
static class FollowUsers
{
    static readonly Replica Users = new("communication_replica_users", ["first_name", "last_name", "role", "department_id", "is_active", "is_deleted"]);

    public static IServiceCollection AddOrganisation(this IServiceCollection services) => services
        .AddReplica(Users, Services.Users, on => on
            .Of<UserRegistered>().Of<UserChanged>().Of<UserDeactivated>().Of<UserReactivated>().Of<UserDeleted>().Of<UserRestored>()
            .Of<UserAnonymised>().Of<UserImported>().Of<AccessGranted>().Of<AccessRevoked>())
        .AddFeedReader("departures", Services.Users, on => on
            .Event<UserDeactivated>((unit, user, e) => LeaveAsync(unit, user.Id, e))
            .Event<UserDeleted>((unit, user, e) => LeaveAsync(unit, user.Id, e)));

    /// <summary>Whoever is gone takes part in nothing; what they raised stays theirs.</summary>
    static async Task LeaveAsync(UnitOfWork unit, Guid user, FeedEvent e)
    {
        var theirs = await ParticipantTable.Rows.QueryAsync(
            unit,
            "WHERE r.user_id = @user AND r.left_at IS NULL AND NOT r.is_deleted AND r.role_in_ticket <> 'requester' ORDER BY r.ticket_id FOR UPDATE",
            new { user });
        foreach (var participant in theirs)
        {
            await ParticipantTable.LeaveAsync(unit, participant, e.Time);
        }
    }
}
