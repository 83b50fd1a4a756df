// Between Omni-Channel's toolkit, which exists for Aura only, and ctiOmniBridge, which decides. No logic here.
({
  statusChanged: function (component, event) {
    component
      .find("bridge")
      .told(event.getParam("statusApiName"), event.getParam("reason") || "OmniManualStatusChange");
  },

  // The event names the id alone; the API name is asked for.
  loggedIn: function (component, event, helper) {
    helper.tellStatus(component, "OmniLoginStatusChange");
  },

  loggedOut: function (component) {
    component.find("bridge").told("", "OmniManualStatusChange");
  },

  askStatus: function (component, event, helper) {
    helper.tellStatus(component, "");
  },

  setStatus: function (component, event) {
    var wanted = event.getParams();
    component
      .find("omni")
      .setServicePresenceStatus({ statusId: wanted.statusId })
      .catch(
        $A.getCallback(function () {
          component.find("bridge").refused(wanted.status);
        }),
      );
  },

  logout: function (component) {
    component
      .find("omni")
      .logout()
      .catch(
        $A.getCallback(function () {
          component.find("bridge").refused("");
        }),
      );
  },
});
