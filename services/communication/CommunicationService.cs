using Hdms.Communication.Chat;
using Hdms.Communication.Demo;
using Hdms.Communication.History;
using Hdms.Communication.Live;
using Hdms.Communication.Notifications;
using Hdms.Communication.Organisation;
using Hdms.Communication.Participants;
using Hdms.Communication.Webhooks;
using Hdms.Contracts;
using Hdms.Kit.Clients;
using Hdms.Kit.Feeds;
using Hdms.Kit.Hosting;
using Hdms.Kit.Schema;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Communication;

/// <summary>The communication service: chats of tickets, who takes part, notifications, live streams, webhooks.</summary>
public static class CommunicationService
{
    public static readonly ServiceDefinition Definition = new(
        Services.Communication, SchemaScript.Of(typeof(CommunicationService).Assembly, Services.Communication.Name, Services.Communication.Role), Build)
    {
        Reports = ReportView.Of(typeof(CommunicationService).Assembly),
        State = [RoomTable.FromEvents, MessageTable.FromEvents, ParticipantTable.FromEvents, NotificationTable.FromEvents, PreferenceTable.FromEvents, WebhookTable.FromEvents],
        ForServicesOnly = ["url"],
        Checks = static _ => [new WebhookChecks()],
    };

    static WebApplication Build(IConfiguration settings) => Build(settings, configure: null);

    /// <param name="configure">What a test puts in the place of the real thing, as the clock.</param>
    internal static WebApplication Build(IConfiguration settings, Action<WebApplicationBuilder>? configure)
    {
        var builder = ServiceHost.CreateBuilder(Definition, settings);
        builder.Services.AddCommunication(settings);
        configure?.Invoke(builder);
        return builder.Build().UseKit(MapCommunication);
    }

    static void AddCommunication(this IServiceCollection services, IConfiguration settings)
    {
        services.AddServiceClient<UsersClient>(Services.Users, settings);
        services.AddServiceClient<TicketsClient>(Services.Tickets, settings);
        services.AddSingleton(CommunicationRules.Of(settings));
        services.AddSingleton<UsersDirectory>();
        services.AddSingleton<ChatDesk>();
        services.AddSingleton<DemoTalk>();
        services.AddSingleton(SearchAudit.Show);
        services.AddOrganisation();
        services.AddFeedReader("tickets", Services.Tickets, static (s, on) => new FollowTickets(s.GetRequiredService<DemoTalk>()).Handle(on));
        services.AddFeedReader("messages", Services.Communication, FollowMessages.Handle);
        services.AddWebhooks(settings);
        services.AddSingleton<LiveHub>();
        services.AddHostedService(s => s.GetRequiredService<LiveHub>());
        services.AddSingleton<PresenceBoard>();
        services.AddHostedService(s => s.GetRequiredService<PresenceBoard>());
    }

    static void MapCommunication(RouteGroupBuilder api)
    {
        api.MapChat();
        api.MapParticipants();
        api.MapNotifications();
        api.MapWebhooks();
        OpenLive.Map(api);
        Presence.Map(api);
        SearchAudit.Map(api);
    }
}
