({
  tellStatus: function (component, reason) {
    component
      .find("omni")
      .getServicePresenceStatusId()
      .then(
        $A.getCallback(function (result) {
          component.find("bridge").told(result.statusApiName, reason);
        }),
      )
      .catch(
        $A.getCallback(function () {
          // Nobody is logged in to Omni-Channel.
          component.find("bridge").told("", "");
        }),
      );
  },
});
